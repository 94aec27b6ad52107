dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [6, 3]
  }
  layer "dense" "before" {
    units      = 3
    activation = "tanh"
  }
  layer "lstm" "r" {
    units = 4
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
