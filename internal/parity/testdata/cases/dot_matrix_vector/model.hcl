dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  feature "y_in" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 5]
  }
  input "y_in" {
    shape = [5]
  }
  layer "dense" "p" {
    inputs     = [input.x]
    units      = 5
    activation = "tanh"
  }
  layer "dense" "q" {
    inputs     = [input.y_in]
    units      = 5
    activation = "tanh"
  }
  layer "dot" "dot" {
    inputs    = [layer.p, layer.q]
    axes      = [2, 1]
    normalize = true
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
  }
}
