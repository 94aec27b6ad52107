dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x0" {}
  target "beside" {}
}

model "m" {
  input "x0" {
    shape = [3, 6, 7]
  }
  layer "lambda" "n0" {
    function = ops::transpose(input.x0, { axes = [0, 2, 3, 1] })
  }
  layer "conv2d_transpose" "n1" {
    filters     = 4
    kernel_size = [3, 3]
    strides     = [2, 3]
    use_bias    = false
  }
  layer "cropping2d" "n2" {
    cropping = [[1, 0], [1, 0]]
  }
  layer "lambda" "n3" {
    function = ops::transpose(layer.n2, { axes = [0, 3, 1, 2] })
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
    value = layer.n3
  }
  output "beside" {
    value = layer.beside
  }
}

train "main" {
  model           = model.m
  data            = dataset.d
  loss            = { beside = "mean_squared_error" }
  batch_size      = 1
  initial_weights = "weights.safetensors"

  optimizer "sgd" {
    learning_rate = 0
  }
}
