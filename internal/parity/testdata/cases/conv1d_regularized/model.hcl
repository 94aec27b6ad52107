dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5, 2]
  }
  layer "dense" "before" {
    units      = 2
    activation = "tanh"
  }
  layer "conv1d" "conv" {
    filters     = 3
    kernel_size = 2
    kernel_regularizer "l2" {
      l2 = 0.02
    }
    bias_regularizer = "l2"
    activity_regularizer "l2" {
      l2 = 0.004
    }
    kernel_constraint "max_norm" {
      max_value = 0.6
      axis      = [0, 1]
    }
    bias_constraint = "non_neg"
  }
  layer "flatten" "flat" {}
  layer "dense" "head" {
    units      = 3
    activation = "softmax"
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
  loss              = "sparse_categorical_crossentropy"
  optimizer "sgd" {
    learning_rate = 0.1
    momentum      = 0.9
  }
}
