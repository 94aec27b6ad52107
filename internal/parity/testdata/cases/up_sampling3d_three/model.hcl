dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [2, 3, 2, 1]
  }
  layer "dense" "before" {
    units      = 2
    activation = "tanh"
  }
  layer "up_sampling3d" "pool" {
    size = [1, 2, 3]
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
