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
    shape = [4]
  }
  layer "dense" "d" {
    units      = 5
    activation = "tanh"
  }
  layer "dense" "head" {
    units = 3
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
  loss              = "mse"
  metric "r2_score" {}
  metric "log_cosh_error" {}
  metric "pearson_correlation" {}
  metric "concordance_correlation" {
    axis = -1
  }
  weighted_metric "r2_score" {
    class_aggregation = "variance_weighted_average"
    name              = "r2"
  }
  weighted_metric "cosine_similarity" {
    axis = 1
  }
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
