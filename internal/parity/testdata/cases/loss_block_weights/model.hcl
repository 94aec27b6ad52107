dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
  weight {
    column = "w"
  }
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
    shape = [4, 5]
  }
  layer "dense" "a" {
    units      = 6
    activation = "tanh"
  }
  layer "dense" "head" {
    units = 3
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
    q         = 0.7
    reduction = "sum"
  }
  optimizer "sgd" {
    learning_rate = 0.01
  }
}
