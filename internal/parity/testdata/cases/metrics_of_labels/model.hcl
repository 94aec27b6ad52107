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
    shape = [4, 3]
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
  metric "mean_io_u" {
    num_classes   = 3
    sparse_y_pred = false
  }
  metric "io_u" {
    num_classes      = 3
    target_class_ids = [1]
    sparse_y_pred    = false
    ignore_class     = 0
  }
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
