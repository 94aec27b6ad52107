dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 5, 2]
  }
  layer "bidirectional" "both" {
    merge_mode = "sum"
    layer "conv_lstm1d" "f" {
      filters     = 2
      kernel_size = 2
    }
    layer "conv_lstm1d" "b" {
      filters      = 2
      kernel_size  = 2
      go_backwards = true
      activation   = "relu"
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
  batch_size        = 4
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mse"
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
