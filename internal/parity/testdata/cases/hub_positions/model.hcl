dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4]
    dtype = "int32"
  }
  layer "embedding" "tokens" {
    input_dim  = 7
    output_dim = 5
  }
  layer "position_embedding" "places" {
    sequence_length = 6
    start_index     = 1
  }
  layer "add" "sum" {
    inputs = [layer.tokens, layer.places]
  }
  layer "dense" "head" {
    units = 3
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
    momentum      = 0.5
  }
}
