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
  layer "dense" "d" {
    units      = 6
    activation = "tanh"
  }
  layer "dense" "head" {
    units      = 4
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
  loss "categorical_focal_crossentropy" {
    alpha           = 0.7
    gamma           = 1.5
    label_smoothing = 0.1
  }
  metrics = ["accuracy"]
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
