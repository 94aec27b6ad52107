dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4, 3, 2]
  }
  layer "dense" "d" {
    units      = 2
    activation = "tanh"
  }
  layer "zero_padding2d" "pad" {
    padding = [[1, 0], [2, 3]]
  }
  layer "conv2d" "conv" {
    filters     = 3
    kernel_size = 3
    strides     = 2
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
