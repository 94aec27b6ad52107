dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "image" {}
  target "y" {}
}

model "m" {
  input "image" {
    shape = [6, 5, 2]
  }
  layer "conv2d" "a" {
    inputs      = [input.image]
    filters     = 4
    kernel_size = 3
    padding     = "same"
    activation  = "relu"
  }
  layer "batch_normalization" "bn" {}
  layer "concatenate" "skip" {
    inputs = [layer.bn, input.image]
  }
  layer "conv2d" "mask" {
    filters     = 3
    kernel_size = 1
    activation  = "softmax"
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 3
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  metrics           = ["accuracy"]
  optimizer "adam" {
    learning_rate = 0.01
  }
}
