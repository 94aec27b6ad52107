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
    shape = [6]
    dtype = "int32"
  }
  layer "embedding" "embed_v" {
    inputs     = [input.v]
    input_dim  = 7
    output_dim = 6
    mask_zero  = true
  }
  layer "additive_attention" "a" {
    inputs          = [layer.embed_q, layer.embed_v]
    use_scale       = false
    use_causal_mask = true
  }
  layer "dense" "head" {
    units = 3
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
    momentum      = 0.5
  }
}
