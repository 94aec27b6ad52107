dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5, 4, 2]
  }
  layer "conv2d" "conv" {
    filters     = 5
    kernel_size = 2
    activation  = "tanh"
  }
  layer "global_max_pooling2d" "pool" {
    keepdims = true
  }
  layer "conv2d" "after" {
    filters     = 4
    kernel_size = 1
    activation  = "relu"
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
