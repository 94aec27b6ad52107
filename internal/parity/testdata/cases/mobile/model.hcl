dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "image" {}
  target "y" {}
}

model "m" {
  input "image" {
    shape = [6, 6, 4]
  }
  layer "conv2d" "expand" {
    filters     = 8
    kernel_size = 1
    use_bias    = false
  }
  layer "batch_normalization" "bn1" {
    momentum = 0.9
  }
  layer "activation" "a1" {
    activation = "relu6"
  }
  layer "conv2d" "depthwise" {
    filters     = 8
    kernel_size = 3
    groups      = 8
    padding     = "same"
    use_bias    = false
  }
  layer "batch_normalization" "bn2" {
    momentum = 0.9
  }
  layer "activation" "a2" {
    activation = "hard_silu"
  }
  layer "conv2d" "project" {
    filters     = 8
    kernel_size = 1
    use_bias    = false
  }
  layer "add" "sum" {
    inputs = [layer.project, layer.expand]
  }
  layer "global_average_pooling2d" "gap" {}
  layer "dense" "head" {
    units      = 4
    activation = "softmax"
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
  loss              = "sparse_categorical_crossentropy"
  optimizer "adam" {
    learning_rate = 0.005
  }
}
