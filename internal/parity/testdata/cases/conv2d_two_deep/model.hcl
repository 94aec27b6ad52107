dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [9, 10, 2]
  }
  layer "conv2d" "a" {
    filters     = 4
    kernel_size = 3
    padding     = "same"
    activation  = "relu"
  }
  layer "conv2d" "b" {
    filters     = 4
    kernel_size = 4
    strides     = [2, 3]
    padding     = "same"
    activation  = "tanh"
  }
  layer "conv2d" "c" {
    filters       = 6
    kernel_size   = 2
    groups        = 2
    dilation_rate = [2, 1]
    padding       = "same"
    activation    = "relu"
  }
  layer "conv2d" "d" {
    filters     = 3
    kernel_size = [3, 2]
    strides     = 2
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
  optimizer "adam" {
    learning_rate = 0.01
  }
}
