dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
  weight {
    column = "w"
  }
}

model "m" {
  input "x" {
    shape = [7]
    dtype = "int32"
  }
  layer "embedding" "e" {
    input_dim  = 9
    output_dim = 4
    mask_zero  = true
  }
  layer "gru" "read" {
    units            = 5
    return_sequences = true
    reset_after      = false
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
  loss              = "huber"
  weighted_metrics  = ["mae"]
  optimizer "adam" {
    learning_rate = 0.01
  }
}
