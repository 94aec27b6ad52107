dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [9, 7, 3]
  }
  layer "zero_padding2d" "z" {
    padding = [[1, 0], [2, 1]]
  }
  layer "depthwise_conv2d" "dw" {
    kernel_size      = 3
    strides          = 2
    depth_multiplier = 2
    activation       = "relu6"
  }
  layer "group_normalization" "g" {
    groups = 3
  }
  layer "separable_conv2d" "sc" {
    filters     = 4
    kernel_size = [1, 3]
    padding     = "same"
    activation  = "hard_swish"
  }
  layer "up_sampling2d" "u" {
    size          = [2, 3]
    interpolation = "bilinear"
  }
  layer "cropping2d" "cr" {
    cropping = [[1, 0], [2, 3]]
  }
  layer "conv2d_transpose" "t" {
    filters        = 3
    kernel_size    = 2
    strides        = 2
    padding        = "same"
    output_padding = 1
  }
  layer "average_pooling2d" "ap" {
    pool_size = 3
    strides   = 4
    padding   = "same"
  }
  layer "flatten" "f" {}
  layer "dense" "head" {
    units = 2
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
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.02
  }
}
