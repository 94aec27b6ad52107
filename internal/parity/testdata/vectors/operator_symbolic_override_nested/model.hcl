dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x0" {}
  feature "x1" {}
  feature "x2" {}
  target "beside" {}
}

model "m" {
  input "x0" {
    shape = [1]
  }
  input "x1" {
    shape = [1]
  }
  input "x2" {
    shape = [1]
  }
  layer "lambda" "n0" {
    function = input.x0 + input.x1 + input.x2
  }
  layer "lambda" "n1" {
    function = ops::negative(input.x0)
  }
  layer "lambda" "n2" {
    function = ops::negative(input.x1)
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
    value = layer.n0
  }
  output "y1" {
    value = layer.n1
  }
  output "y2" {
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
