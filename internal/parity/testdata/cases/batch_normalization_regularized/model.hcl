dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5]
  }
  layer "dense" "d" {
    units    = 6
    use_bias = false
  }
  layer "batch_normalization" "bn" {
    gamma_regularizer "l2" {
      l2 = 0.03
    }
    beta_regularizer "l1" {
      l1 = 0.02
    }
    gamma_constraint = "non_neg"
    beta_constraint "max_norm" {
      max_value = 0.2
    }
  }
  layer "activation" "act" {
    activation = "relu"
  }
  layer "dense" "head" {
    units      = 3
    activation = "softmax"
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
  loss              = "sparse_categorical_crossentropy"
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
