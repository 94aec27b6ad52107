dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  feature "e" {}
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
  input "e" {
    shape = [5]
    dtype = "int32"
  }
  layer "embedding" "embed_e" {
    inputs     = [input.e]
    input_dim  = 7
    output_dim = 4
    mask_zero  = true
  }
  layer "transformer_decoder" "block" {
    inputs           = [layer.embed_x, layer.embed_e]
    intermediate_dim = 9
    num_heads        = 3
    normalize_first  = true
    use_causal_mask  = false
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
