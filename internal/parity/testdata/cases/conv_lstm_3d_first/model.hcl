dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [2, 2, 3, 4, 3]
  }
  layer "dense" "before" {
    units      = 3
    activation = "tanh"
  }
  layer "conv_lstm3d" "r" {
    filters      = 2
    kernel_size  = [2, 1, 2]
    go_backwards = true
    data_format  = "channels_first"
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
  batch_size        = 4
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.1
    momentum      = 0.9
  }
}
