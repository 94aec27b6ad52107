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
    units              = 6
    activation         = "softmax"
    kernel_regularizer = "l2"
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
  loss              = "categorical_crossentropy"
  metric "acc" {}
  metric "top_k_categorical_accuracy" {
    k = 2
  }
  metric "mse" {}
  metric "mae" {}
  optimizer = "adam"
}
