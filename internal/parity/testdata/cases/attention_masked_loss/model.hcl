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
  layer "embedding" "embed_x" {
    inputs     = [input.x]
    input_dim  = 7
    output_dim = 6
    mask_zero  = true
  }
  layer "multi_head_attention" "mha" {
    num_heads = 2
    key_dim   = 3
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
    learning_rate = 0.1
    momentum      = 0.5
  }
}
