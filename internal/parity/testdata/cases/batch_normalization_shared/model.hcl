dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "a" {}
  feature "b" {}
  target "y" {}
}

model "m" {
  input "a" {
    shape = [4]
  }
  input "b" {
    shape = [4]
  }
  layer "batch_normalization" "bn" {
    inputs   = [input.a]
    momentum = 0.8
  }
  layer "shared" "bn_b" {
    reuse  = layer.bn
    inputs = [input.b]
  }
  layer "concatenate" "j" {
    inputs = [layer.bn, layer.bn_b]
  }
  layer "dense" "d" {
    units      = 5
    activation = "tanh"
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
  }
}
