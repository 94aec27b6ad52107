dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "q" {}
  feature "v" {}
  target "y" {}
}

model "m" {
  input "q" {
    shape = [5]
    dtype = "int32"
  }
  layer "embedding" "embed_q" {
    inputs     = [input.q]
    input_dim  = 7
    output_dim = 6
    mask_zero  = true
  }
  input "v" {
    shape = [7]
    dtype = "int32"
  }
  layer "embedding" "embed_v" {
    inputs     = [input.v]
    input_dim  = 7
    output_dim = 6
    mask_zero  = true
  }
  layer "multi_head_attention" "mha" {
    inputs    = [layer.embed_q, layer.embed_v]
    num_heads = 2
    key_dim   = 3
  }
  layer "flatten" "flat" {}
  layer "dense" "head" {
    units = 2
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
    learning_rate = 0.02
  }
}
