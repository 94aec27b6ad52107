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
    units      = 6
    activation = "tanh"
  }
  layer "dense" "head" {
    units      = 3
    activation = "tanh"
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
  loss "huber" {
    delta     = 0.4
    reduction = "sum_over_batch_size"
  }
  optimizer "sgd" {
    learning_rate = 0.2
  }
}
