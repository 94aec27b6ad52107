dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 6]
  }
  layer "dense" "d" {
    units = 6
  }
  layer "group_normalization" "norm" {
    groups = 2
    gamma_regularizer "l1" {
      l1 = 0.03
    }
    beta_regularizer "l2" {
      l2 = 0.5
    }
    gamma_constraint "min_max_norm" {
      min_value = 0.5
      max_value = 1.5
    }
    beta_constraint "max_norm" {
      max_value = 0.3
    }
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
  batch_size        = 8
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
