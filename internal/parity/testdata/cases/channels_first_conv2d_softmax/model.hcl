dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [2, 5, 6]
  }
  layer "dense" "before" {
    units      = 6
    activation = "tanh"
  }
  layer "conv2d" "a" {
    filters     = 3
    kernel_size = 2
    activation  = "softmax"
    data_format = "channels_first"
  }
  layer "flatten" "f" {}
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
    learning_rate = 0.1
  }
}
