dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 2, 2]
  }
  layer "dense" "before" {
    units      = 2
    activation = "tanh"
  }
  layer "conv2d_transpose" "conv" {
    filters     = 3
    kernel_size = [3, 2]
    strides     = [2, 3]
    padding     = "same"
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
  batch_size        = 5
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  optimizer "sgd" {
    learning_rate = 0.1
    momentum      = 0.9
  }
}
