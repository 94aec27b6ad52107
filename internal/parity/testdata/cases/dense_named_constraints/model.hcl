dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [6]
  }
  layer "dense" "a" {
    units             = 8
    kernel_constraint = "non_neg"
    bias_constraint "max_norm" {
      max_value = 0.3
    }
    kernel_regularizer   = "l2"
    bias_regularizer     = "l1"
    activity_regularizer = "l2"
    activation           = "softplus"
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
