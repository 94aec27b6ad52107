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
    shape = [4]
  }
  layer "dense" "d" {
    units      = 5
    activation = "tanh"
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
  loss              = "categorical_crossentropy"
  metric "f1_score" {
    average = "macro"
  }
  metric "fbeta_score" {
    average = "weighted"
    beta    = 2.0
  }
  metric "categorical_hinge" {}
  metric "cosine_similarity" {}
  metric "one_hot_mean_io_u" {
    num_classes = 3
  }
  metric "one_hot_io_u" {
    num_classes      = 3
    target_class_ids = [0, 2]
  }
  metric "recall_at_precision" {
    precision = 0.3
    class_id  = 1
  }
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
