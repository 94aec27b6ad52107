dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4, 6, 5, 1]
  }
  layer "conv_lstm2d" "a" {
    filters          = 4
    kernel_size      = 3
    padding          = "same"
    return_sequences = true
  }
  layer "batch_normalization" "bn" {}
  layer "conv_lstm2d" "b" {
    filters          = 3
    kernel_size      = 2
    padding          = "same"
    return_sequences = true
  }
  layer "conv3d" "c" {
    filters     = 1
    kernel_size = 3
    padding     = "same"
    activation  = "sigmoid"
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
  loss              = "binary_crossentropy"
  optimizer         = "adam"
}
