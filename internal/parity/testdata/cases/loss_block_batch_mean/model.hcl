dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
  }
  feature "x" {}
  target "y" {}
}

block "relative" {
  param "floor" {
    type    = number
    default = 0.1
  }

  input "y_true" {}

  input "y_pred" {}

  layer "lambda" "error" {
    function = input.y_true - input.y_pred
  }

  layer "lambda" "value" {
    function = ops::sum(ops::square(layer.error)) / (ops::sum(ops::square(input.y_true)) + param.floor)
  }
}

model "m" {
  input "x" {
    shape = [5]
  }
  layer "dense" "a" {
    units      = 6
    activation = "tanh"
  }
  layer "dense" "head" {
    units = 2
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 8
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss "relative" {
    floor = 0.5
  }
  metric "relative" {}
  optimizer "sgd" {
    learning_rate = 0.1
    momentum      = 0.9
  }
}
