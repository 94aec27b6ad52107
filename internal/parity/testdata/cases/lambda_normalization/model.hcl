dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4, 5]
  }
  layer "dense" "a" {
    units      = 6
    activation = "tanh"
  }
  layer "lambda" "z" {
    function = (previous - ops::mean(previous, { axis = [1, 2], keepdims = true })) / ops::sqrt(ops::var(previous, { axis = [1, 2], keepdims = true }) + 0.01) + ops::normalize(previous) + 0.1 * ops::logsumexp(previous, { axis = 1, keepdims = true })
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
