dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x0" {}
  feature "x1" {}
  target "y" {}
}

model "m" {
  input "x0" {
    shape = [3, 4, 5]
  }
  input "x1" {
    shape = [3, 6, 5]
  }
  layer "multi_head_attention" "mha" {
    inputs         = [input.x0, input.x1]
    num_heads      = 2
    key_dim        = 3
    attention_axes = [2]
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
