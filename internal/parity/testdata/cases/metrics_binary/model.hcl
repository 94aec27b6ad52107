dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
    test       = "test.npz"
  }
  feature "x" {}
  target "y" {}
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
  metrics           = ["accuracy", "auc", "mean_squared_error"]
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
