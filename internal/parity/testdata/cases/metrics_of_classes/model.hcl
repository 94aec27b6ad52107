dataset "d" {
  source "npz" {
    path = "data.npz"
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
  loss              = "sparse_categorical_crossentropy"
  metric "sparse_categorical_crossentropy" {
    ignore_class = 2
  }
  weighted_metric "sparse_categorical_crossentropy" {
    ignore_class = 2
  }
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
