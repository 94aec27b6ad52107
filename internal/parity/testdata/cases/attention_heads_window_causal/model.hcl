dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x0" {}
  target "y" {}
}

model "m" {
  input "x0" {
    shape = [40, 3]
  }
  layer "multi_head_attention" "mha" {
    num_heads       = 1
    key_dim         = 3
    sliding_window  = 2
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
