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
  layer "conv_lstm2d" "a" {
    filters          = 3
    kernel_size      = 2
    padding          = "same"
    return_state     = true
    return_sequences = true
  }
  layer "conv_lstm2d" "b" {
    inputs        = [layer.a]
    filters       = 3
    kernel_size   = 3
    padding       = "same"
    initial_state = [layer.a.outputs[1], layer.a.outputs[2]]
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
  }
}
