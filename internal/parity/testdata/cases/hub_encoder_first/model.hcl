dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [7, 6]
  }
  layer "transformer_encoder" "block" {
    inputs             = [input.x]
    intermediate_dim   = 9
    num_heads          = 3
    normalize_first    = true
    activation         = "gelu"
    layer_norm_epsilon = 0.01
  }
  layer "dense" "head" {
    units = 3
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 6
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.03
    momentum      = 0.5
  }
}
