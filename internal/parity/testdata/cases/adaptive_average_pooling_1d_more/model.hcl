dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 2]
  }
  layer "dense" "before" {
    units      = 3
    activation = "tanh"
  }
  layer "adaptive_average_pooling1d" "pool" {
    output_size = 5
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
