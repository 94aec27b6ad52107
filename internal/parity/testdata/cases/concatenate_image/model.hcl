dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4, 5, 2]
  }
  layer "conv2d" "a" {
    inputs      = [input.x]
    filters     = 3
    kernel_size = 3
    padding     = "same"
    activation  = "relu"
  }
  layer "conv2d" "b" {
    inputs      = [input.x]
    filters     = 1
    kernel_size = [1, 3]
    padding     = "same"
  }
  layer "concatenate" "channels" {
    inputs = [layer.a, layer.b, input.x]
  }
  layer "conv2d" "d" {
    inputs      = [layer.channels]
    filters     = 6
    kernel_size = [2, 1]
    padding     = "same"
  }
  layer "concatenate" "rows" {
    inputs = [layer.channels, layer.d]
    axis   = -3
  }
  layer "concatenate" "columns" {
    inputs = [layer.rows, layer.rows]
    axis   = 2
  }
  layer "global_average_pooling2d" "pool" {}
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
