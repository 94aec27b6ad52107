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
  layer "dense" "d" {
    inputs     = [input.a]
    units      = 4
    activation = "tanh"
    kernel_regularizer "l2" {
      l2 = 0.1
    }
    bias_regularizer "l1" {
      l1 = 0.05
    }
  }
  layer "shared" "e" {
    reuse  = layer.d
    inputs = [input.b]
  }
  layer "subtract" "s" {
    inputs = [layer.d, layer.e]
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
