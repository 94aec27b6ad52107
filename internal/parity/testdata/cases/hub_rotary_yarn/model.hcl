dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [9, 12]
  }
  layer "dense" "mix" {
    units = 12
  }
  layer "rotary_embedding" "turn" {
    rope_type                        = "yarn"
    scaling_factor                   = 4.0
    beta_fast                        = 8.0
    beta_slow                        = 2.0
    original_max_position_embeddings = 64
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
  batch_size        = 4
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.02
  }
}
