dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  feature "z" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [2, 3, 4]
  }
  input "z" {
    shape = [5]
  }
  layer "conv2d" "a" {
    inputs      = [input.x]
    filters     = 3
    kernel_size = 1
  }
  layer "dense" "b" {
    inputs = [input.z]
    units  = 3
  }
  layer "subtract" "merge" {
    inputs = [layer.a, layer.b]
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
