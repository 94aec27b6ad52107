dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  feature "mask" {}
  feature "v" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5, 4]
  }
  input "mask" {
    shape = [5, 6]
  }
  input "v" {
    shape = [6, 4]
  }
  layer "multi_head_attention" "mha" {
    inputs         = [input.x, input.v]
    num_heads      = 2
    key_dim        = 3
    attention_mask = input.mask
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
