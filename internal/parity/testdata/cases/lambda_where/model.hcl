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
  layer "dense" "b" {
    inputs = [layer.a]
    units  = 6
  }
  layer "lambda" "z" {
    function = ops::where(layer.a > layer.b && layer.b > -0.5, layer.a * layer.b, ops::clip(layer.a - layer.b, -0.6, 0.7)) + (layer.a >= 0.1) * layer.b
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
