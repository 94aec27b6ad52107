dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x0" {}
  target "beside" {}
}

model "m" {
  input "x0" {
    shape = [9, 4, 4]
  }
  layer "lambda" "n0" {
    function = ops::reshape(input.x0, [-1, 1, 3, 3, 4, 4])
  }
  layer "lambda" "n1" {
    function = ops::transpose(layer.n0, { axes = [0, 1, 4, 2, 5, 3] })
  }
  layer "lambda" "n2" {
    function = ops::reshape(layer.n1, [-1, 1, 12, 12])
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
  batch_size = 1

  optimizer "sgd" {
    learning_rate = 0
  }
}
