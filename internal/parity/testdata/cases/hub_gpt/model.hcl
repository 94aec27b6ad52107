dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [12]
    dtype = "int32"
  }
  layer "token_and_position_embedding" "embed" {
    vocabulary_size = 9
    sequence_length = 12
    embedding_dim   = 8
  }
  layer "layer_normalization" "norm_a0" {}
  layer "multi_head_attention" "mha0" {
    num_heads       = 2
    key_dim         = 4
    use_causal_mask = true
  }
  layer "add" "sum_a0" {
    inputs = [layer.embed, layer.mha0]
  }
  layer "layer_normalization" "norm_b0" {}
  layer "dense" "expand0" {
    units      = 16
    activation = "gelu"
  }
  layer "dense" "contract0" {
    units = 8
  }
  layer "add" "sum_b0" {
    inputs = [layer.sum_a0, layer.contract0]
  }
  layer "layer_normalization" "norm_a1" {}
  layer "multi_head_attention" "mha1" {
    num_heads       = 2
    key_dim         = 4
    use_causal_mask = true
  }
  layer "add" "sum_a1" {
    inputs = [layer.sum_b0, layer.mha1]
  }
  layer "layer_normalization" "norm_b1" {}
  layer "dense" "expand1" {
    units      = 16
    activation = "gelu"
  }
  layer "dense" "contract1" {
    units = 8
  }
  layer "add" "sum_b1" {
    inputs = [layer.sum_a1, layer.contract1]
  }
  layer "layer_normalization" "norm" {}
  layer "dense" "next" {
    units = 9
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
  loss "sparse_categorical_crossentropy" {
    from_logits = true
  }
  optimizer "sgd" {
    learning_rate   = 0.1
    momentum        = 0.9
    global_clipnorm = 1.0
  }
}
