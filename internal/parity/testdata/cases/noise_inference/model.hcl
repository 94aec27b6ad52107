dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5, 4, 3]
  }
  layer "dense" "d" {
    units      = 3
    activation = "selu"
  }
  layer "alpha_dropout" "a" {
    training = false
    rate     = 0.3
  }
  layer "gaussian_noise" "b" {
    training = false
    stddev   = 0.3
  }
  layer "gaussian_dropout" "c" {
    training = false
    rate     = 0.3
  }
  layer "spatial_dropout2d" "e" {
    training = false
    rate     = 0.3
  }
  layer "flatten" "flat" {}
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
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
