dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4]
  }
  layer "dense" "a" {
    units      = 5
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
  class_weight = {
    0 = 2.5
    1 = 0.25
    2 = 1.5
  }
  loss             = "categorical_crossentropy"
  metrics          = ["accuracy"]
  weighted_metrics = ["accuracy"]
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
