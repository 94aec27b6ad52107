dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x0" {}
  target "beside" {}
}

model "m" {
  input "x0" {
    shape = [3, 6, 6]
  }
  layer "lambda" "n0" {
    function = ops::transpose(input.x0, { axes = [0, 2, 3, 1] })
  }
  layer "average_pooling2d" "n1" {
    pool_size = [2, 2]
    strides   = [2, 2]
  }
  layer "lambda" "n2" {
    function = ops::transpose(layer.n1, { axes = [0, 3, 1, 2] })
  }
  layer "lambda" "number" {
    function = ops::cast(input.x0, "float32")
  }
  layer "flatten" "flat" {}
  layer "dense" "beside" {
    units              = 1
    kernel_initializer = "zeros"
  }
  output "y0" {
    value = layer.n2
  }
  output "beside" {
    value = layer.beside
  }
}

train "main" {
  model      = model.m
  data       = dataset.d
  loss       = { beside = "mean_squared_error" }
  batch_size = 2

  optimizer "sgd" {
    learning_rate = 0
  }
}
