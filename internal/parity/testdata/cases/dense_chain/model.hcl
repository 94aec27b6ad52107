dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [7]
  }
  layer "dense" "a" {
    units      = 17
    activation = "relu"
  }
  layer "dense" "b" {
    units    = 1
    use_bias = false
  }
  layer "dense" "c" {
    units      = 5
    activation = "tanh"
  }
  layer "dense" "head" {
    units = 3
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 8
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
