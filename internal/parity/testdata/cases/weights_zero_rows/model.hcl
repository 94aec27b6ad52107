dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
  weight {
    column = "w"
  }
}

model "m" {
  input "x" {
    shape = [4]
  }
  layer "dense" "a" {
    units      = 5
    activation = "tanh"
  }
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
  loss "mean_squared_error" {
    reduction = "mean_with_sample_weight"
  }
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
