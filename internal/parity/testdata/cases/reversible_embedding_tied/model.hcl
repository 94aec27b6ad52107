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
  layer "reversible_embedding" "table" {
    input_dim      = 7
    output_dim     = 5
    logit_soft_cap = 2.0
  }
  layer "dense" "mix" {
    units      = 5
    activation = "tanh"
  }
  layer "shared" "scores" {
    reuse = layer.table
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
  optimizer "adam" {
    learning_rate = 0.02
  }
}
