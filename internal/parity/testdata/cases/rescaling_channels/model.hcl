dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4, 4, 3]
  }
  layer "rescaling" "scale" {
    scale  = [0.01, 0.02, 0.005]
    offset = [-1.0, -0.5, 0.25]
  }
  layer "conv2d" "conv" {
    filters     = 3
    kernel_size = 2
    activation  = "tanh"
  }
  layer "rescaling" "again" {
    scale = 2.0
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
