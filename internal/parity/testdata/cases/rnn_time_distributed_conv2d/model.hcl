dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 5, 4, 2]
  }
  layer "dense" "before" {
    units      = 2
    activation = "tanh"
  }
  layer "time_distributed" "td" {
    layer "conv2d" "c" {
      filters     = 2
      kernel_size = 2
      activation  = "relu"
    }
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
  loss              = "mse"
  optimizer "sgd" {
    learning_rate = 0.2
    momentum      = 0.9
  }
}
