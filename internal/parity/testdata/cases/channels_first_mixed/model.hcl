dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [2, 6, 5]
  }
  layer "conv2d" "a" {
    filters     = 3
    kernel_size = 2
    data_format = "channels_first"
  }
  layer "permute" "p" {
    dims = [2, 3, 1]
  }
  layer "conv2d" "b" {
    filters     = 2
    kernel_size = 2
  }
  layer "global_average_pooling2d" "gb" {
    inputs = [layer.b]
  }
  layer "softmax" "s" {
    inputs = [layer.a]
    axis   = 1
  }
  layer "global_max_pooling2d" "gc" {
    data_format = "channels_first"
  }
  layer "multiply" "m" {
    inputs = [layer.a, layer.a]
  }
  layer "flatten" "fd" {}
  layer "concatenate" "cat" {
    inputs = [layer.gb, layer.gc, layer.fd]
  }
  layer "dense" "head" {
    units = 2
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 4
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.02
  }
}
