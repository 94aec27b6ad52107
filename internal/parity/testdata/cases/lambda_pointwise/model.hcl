dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5]
  }
  layer "dense" "a" {
    units      = 6
    activation = "tanh"
  }
  layer "lambda" "z" {
    function = ops::erf(previous) + ops::sin(previous) * ops::cosh(previous) - ops::arctan(2 * previous) + ops::power(ops::abs(previous) + 0.5, 1.5) + ops::logaddexp(previous, 0.3) + ops::gelu(previous)
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
    learning_rate = 0.1
    momentum      = 0.9
  }
}
