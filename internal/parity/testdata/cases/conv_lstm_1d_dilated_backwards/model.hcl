dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4, 9, 1]
  }
  layer "dense" "before" {
    units      = 1
    activation = "tanh"
  }
  layer "conv_lstm1d" "r" {
    filters          = 2
    kernel_size      = 3
    dilation_rate    = 2
    go_backwards     = true
    return_sequences = true
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
