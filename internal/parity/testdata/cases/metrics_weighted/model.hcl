dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
  }
  feature "x" {}
  target "y" {}
  weight {
    column = "w"
  }
}

model "m" {
  input "x" {
    shape = [5]
  }
  layer "dense" "head" {
    units      = 1
    activation = "sigmoid"
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
  loss              = "binary_crossentropy"
  metric "accuracy" {}
  metric "mae" {}
  metric "auc" {}
  metric "binary_accuracy" {}
  weighted_metric "accuracy" {}
  weighted_metric "auc" {}
  weighted_metric "mse" {}
  weighted_metric "binary_accuracy" {}
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
