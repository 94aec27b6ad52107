dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
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
  add_loss "kl" {
    value = -0.05 * ops::mean(1 + layer.a - ops::square(layer.a) - ops::exp(layer.a))
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
