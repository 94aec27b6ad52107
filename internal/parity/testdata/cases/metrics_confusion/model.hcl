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
    shape = [4]
  }
  layer "dense" "d" {
    units      = 5
    activation = "tanh"
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
  metric "true_positives" {}
  metric "false_positives" {}
  metric "true_negatives" {}
  metric "false_negatives" {
    thresholds = 0.4
  }
  metric "precision_at_recall" {
    recall = 0.5
  }
  metric "recall_at_precision" {
    precision      = 0.5
    num_thresholds = 21
  }
  metric "sensitivity_at_specificity" {
    specificity = 0.4
  }
  metric "specificity_at_sensitivity" {
    sensitivity = 0.4
  }
  metric "hinge" {}
  metric "squared_hinge" {}
  metric "binary_io_u" {
    threshold = 0.45
  }
  metric "f1_score" {
    average   = "micro"
    threshold = 0.5
  }
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
