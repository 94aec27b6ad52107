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
    inputs     = [input.x]
    units      = 3
    activation = "tanh"
  }
  layer "dense" "b" {
    inputs = [input.x]
    units  = 3
  }
  layer "dense" "c" {
    inputs = [input.x]
    units  = 1
  }
  layer "maximum" "merge" {
    inputs = [layer.a, layer.b, layer.c]
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
