dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3]
  }
  layer "dense" "a" {
    inputs     = [input.x]
    units      = 2
    activation = "softmax"
  }
  layer "concatenate" "twice" {
    inputs = [layer.a, layer.a, layer.a]
  }
  layer "activation" "norm" {
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
  metric "top_k_categorical_accuracy" {
    k = 3
  }
  metric "accuracy" {}
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
