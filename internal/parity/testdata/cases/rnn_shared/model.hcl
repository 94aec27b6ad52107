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
    shape = [4, 3]
  }
  input "b" {
    shape = [6, 3]
  }
  layer "lstm" "r" {
    inputs = [input.a]
    units  = 4
  }
  layer "shared" "again" {
    reuse  = layer.r
    inputs = [input.b]
  }
  layer "concatenate" "both" {
    inputs = [layer.r, layer.again]
  }
  layer "dense" "head" {
    units = 2
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 5
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mse"
  optimizer "sgd" {
    learning_rate = 0.2
    momentum      = 0.9
  }
}
