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
  }
  layer "dense" "d" {
    units      = 12
    activation = "tanh"
  }
  layer "lambda" "z" {
    function = [for p in [ops::rfft(previous)]: ops::sqrt(ops::square(p[0]) + ops::square(p[1]) + 0.01)][0]
  }
  layer "dense" "head" {
    units = 2
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
    learning_rate = 0.02
  }
}
