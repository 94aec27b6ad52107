dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

block "step" {
  layer "conv1d" "conv" {
    filters     = 3
    kernel_size = 2
    activation  = "tanh"
  }
  layer "batch_normalization" "bn" {
    enabled = false
  }
  layer "flatten" "flat" {}
  layer "dense" "d" {
    units              = 4
    kernel_regularizer = "l2"
  }
}

model "m" {
  input "x" {
    shape = [3, 5, 2]
  }
  layer "time_distributed" "td" {
    layer "step" "s" {}
  }
  layer "flatten" "flat" {}
  layer "dense" "head" {
    units = 2
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 5
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.05
  }
}
