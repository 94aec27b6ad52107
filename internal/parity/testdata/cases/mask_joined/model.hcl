dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  feature "v" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [7]
    dtype = "int32"
  }
  input "v" {
    shape = [7, 3]
  }
  layer "embedding" "e" {
    inputs     = [input.x]
    input_dim  = 9
    output_dim = 3
    mask_zero  = true
  }
  layer "add" "a" {
    inputs = [layer.e, input.v]
  }
  layer "concatenate" "b" {
    inputs = [layer.a, layer.e]
  }
  layer "gru" "g" {
    inputs           = [layer.b]
    units            = 4
    return_sequences = true
  }
  layer "global_average_pooling1d" "p" {
    inputs = [layer.g]
  }
  layer "dense" "head" {
    units = 2
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 8
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "adam" {
    learning_rate = 0.01
  }
}
