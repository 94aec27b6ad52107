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
  layer "dense" "k" {
    inputs = [input.x]
    units  = 4
  }
  layer "lambda" "z" {
    function = ops::conv(previous, ops::ones([2, 4, 3]) * 0.3, { strides = 2, padding = "same" }) + ops::average_pool(input.x, 2, 2)
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
    learning_rate = 0.05
    momentum      = 0.9
  }
}
