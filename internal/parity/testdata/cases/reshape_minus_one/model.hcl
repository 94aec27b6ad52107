dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [24]
  }
  layer "dense" "a" {
    units      = 24
    activation = "tanh"
  }
  layer "reshape" "image" {
    target_shape = [2, -1, 3]
  }
  layer "conv2d" "conv" {
    filters     = 2
    kernel_size = [2, 3]
    activation  = "relu"
  }
  layer "reshape" "line" {
    target_shape = [-1]
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
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
