dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [6, 3]
  }
  layer "dense" "a" {
    units      = 6
    activation = "tanh"
  }
  layer "lambda" "z" {
    function = ops::sort(previous, { axis = 1 }) + ops::cumsum(previous, { axis = 1 }) * 0.2 + ops::cumprod(1 + 0.3 * previous, { axis = 2 }) + ops::take_along_axis(previous, ops::argsort(-previous, { axis = 1 }), { axis = 1 }) * ops::max(previous, { axis = 1, keepdims = true })
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
    learning_rate = 0.02
  }
}
