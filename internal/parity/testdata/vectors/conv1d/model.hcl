dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x0" {}
  target "beside" {}
}

model "m" {
  input "x0" {
    shape = [4, 10]
  }
  layer "lambda" "n0" {
    function = ops::transpose(input.x0, { axes = [0, 2, 1] })
  }
  layer "conv1d" "n1" {
    filters       = 5
    kernel_size   = [3]
    strides       = [1]
    dilation_rate = [1]
    groups        = 1
    use_bias      = true
  }
  layer "lambda" "n2" {
    function = ops::transpose(layer.n1, { axes = [0, 2, 1] })
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
  model           = model.m
  data            = dataset.d
  loss            = { beside = "mean_squared_error" }
  batch_size      = 2
  initial_weights = "weights.safetensors"

  optimizer "sgd" {
    learning_rate = 0
  }
}
