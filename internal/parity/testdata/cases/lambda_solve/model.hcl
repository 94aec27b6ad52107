dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [8]
  }
  layer "dense" "d" {
    units = 9
  }
  layer "reshape" "r" {
    target_shape = [3, 3]
  }
  layer "lambda" "z" {
    function = ops::solve(previous + 4 * ops::eye(3), ops::ones([null, 3, 2])) + ops::expand_dims(ops::expand_dims(ops::logdet(previous + 4 * ops::eye(3)), -1), -1)
  }
  layer "flatten" "f" {}
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
    learning_rate = 0.002
  }
}
