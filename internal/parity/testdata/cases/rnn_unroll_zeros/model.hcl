dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [7]
    dtype = "int32"
  }
  layer "embedding" "e" {
    inputs     = [input.x]
    input_dim  = 6
    output_dim = 3
    mask_zero  = true
  }
  layer "lstm" "r" {
    units                = 4
    unroll               = true
    return_sequences     = true
    zero_output_for_mask = true
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
  loss              = "mse"
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
