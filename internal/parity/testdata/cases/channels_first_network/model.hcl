dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 9, 8]
  }
  layer "conv2d" "stem" {
    filters     = 4
    kernel_size = 3
    padding     = "same"
    use_bias    = false
    data_format = "channels_first"
  }
  layer "batch_normalization" "bn1" {
    axis = 1
  }
  layer "activation" "relu1" {
    activation = "relu"
  }
  layer "dropout" "drop" {
    rate = 0.0
  }
  layer "conv2d" "c1" {
    filters     = 4
    kernel_size = 3
    padding     = "same"
    data_format = "channels_first"
  }
  layer "batch_normalization" "bn2" {
    axis = -3
  }
  layer "add" "sum" {
    inputs = [layer.stem, layer.bn2]
  }
  layer "relu" "relu2" {}
  layer "depthwise_conv2d" "dw" {
    kernel_size = 3
    padding     = "same"
    data_format = "channels_first"
  }
  layer "concatenate" "cat" {
    inputs = [layer.relu2, layer.dw]
    axis   = 1
  }
  layer "max_pooling2d" "pool" {
    data_format = "channels_first"
  }
  layer "layer_normalization" "ln" {
    axis = 1
  }
  layer "conv2d" "c2" {
    filters     = 3
    kernel_size = 2
    activation  = "gelu"
    data_format = "channels_first"
  }
  layer "flatten" "f" {}
  layer "dense" "head" {
    units      = 3
    activation = "softmax"
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 6
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  metrics           = ["accuracy"]
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
