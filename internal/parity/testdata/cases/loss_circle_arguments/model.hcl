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
  }
  layer "dense" "d" {
    units = 3
  }
  layer "unit_normalization" "unit" {}
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 10
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss "circle" {
    gamma           = 5.0
    margin          = 0.25
    remove_diagonal = false
  }
  optimizer "sgd" {
    learning_rate = 0.01
  }
}
