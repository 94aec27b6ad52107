dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5]
    dtype = "int32"
  }
  layer "embedding" "e" {
    inputs     = [input.x]
    input_dim  = 6
    output_dim = 3
    mask_zero  = true
  }
  layer "batch_normalization" "bn" {
    momentum = 0.7
  }
  layer "lstm" "r" {
    units = 3
  }
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
