dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 2, 5, 4]
  }
  layer "time_distributed" "t" {
    layer "conv2d" "c" {
      filters     = 3
      kernel_size = 2
      data_format = "channels_first"
    }
  }
  layer "flatten" "f" {
    data_format = "channels_first"
  }
  layer "dense" "head" {
    units = 2
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 4
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.02
  }
}
