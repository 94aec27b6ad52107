dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
  }
  feature "x" {}
  target "y" {}
}

block "pinball" {
  param "q" {
    type    = number
    default = 0.5
  }

  input "y_true" {}

  input "y_pred" {}

  layer "lambda" "error" {
    function = input.y_true - input.y_pred
  }

  layer "lambda" "value" {
    function = ops::mean(ops::maximum(param.q * layer.error, (param.q - 1) * layer.error), { axis = -1 })
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
  loss "pinball" {
    q = 0.9
  }
  metric "pinball" {}
  metric "pinball" {
    q    = 0.2
    name = "low"
  }
  optimizer "sgd" {
    learning_rate = 0.1
    momentum      = 0.9
  }
}
