dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 4, 4, 2]
  }
  layer "dense" "before" {
    units      = 2
    activation = "tanh"
  }
  layer "conv_lstm2d" "r" {
    filters     = 2
    kernel_size = 2
    kernel_regularizer "l2" {
      l2 = 0.02
    }
    recurrent_regularizer "l1" {
      l1 = 0.01
    }
    bias_regularizer = "l2"
    kernel_constraint "max_norm" {
      max_value = 0.8
    }
    recurrent_constraint = "unit_norm"
    bias_constraint      = "non_neg"
    activity_regularizer = "l2"
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
  batch_size        = 4
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.1
    momentum      = 0.9
  }
}
