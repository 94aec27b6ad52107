# Inception v3: Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception architecture for computer vision" (2015),
# arXiv:1512.00567. As keras.applications.InceptionV3: 23,851,784 weights at 1,000 classes.

block "inception_v3" {
  description = "The network for images of 299x299, at least 75x75; pixels from -1 to 1."

  param "classes" {
    type    = number
    default = 1000
  }
  param "activation" {
    type        = string
    default     = "softmax"
    description = "Of the last layer."
  }
  param "include_top" {
    type        = bool
    default     = true
    description = "False ends with the feature map of the last module."
  }

  layer "conv_bn" "conv1" {
    filters     = 32
    kernel_size = 3
    strides     = 2
    padding     = "valid"
  }
  layer "conv_bn" "conv2" {
    filters     = 32
    kernel_size = 3
    padding     = "valid"
  }
  layer "conv_bn" "conv3" {
    filters     = 64
    kernel_size = 3
  }
  layer "max_pooling2d" "pool1" {
    pool_size = 3
    strides   = 2
  }
  layer "conv_bn" "conv4" {
    filters = 80
    padding = "valid"
  }
  layer "conv_bn" "conv5" {
    filters     = 192
    kernel_size = 3
    padding     = "valid"
  }
  layer "max_pooling2d" "pool2" {
    pool_size = 3
    strides   = 2
  }
  layer "module_a" "a" {
    for_each = [32, 64, 64]
    pooled   = each.value
  }
  layer "reduction_a" "reduce_a" {}
  layer "module_b" "b" {
    for_each = [128, 160, 160, 192]
    inner    = each.value
  }
  layer "reduction_b" "reduce_b" {}
  layer "module_c" "c" {
    count = 2
  }
  layer "global_average_pooling2d" "avg_pool" {
    enabled = param.include_top
  }
  layer "dense" "predictions" {
    enabled    = param.include_top
    units      = param.classes
    activation = param.activation
  }
}

block "module_a" {
  description = "Branches of 1x1, 5x5, two 3x3 and pooling: Figure 5 of the paper, its 5x5 kept."

  param "pooled" {
    type        = number
    description = "Filters of the branch that pools."
  }

  input "x" {}

  layer "conv_bn" "one" {
    inputs  = [input.x]
    filters = 64
  }
  layer "conv_bn" "five_in" {
    inputs  = [input.x]
    filters = 48
  }
  layer "conv_bn" "five" {
    filters     = 64
    kernel_size = 5
  }
  layer "conv_bn" "double_in" {
    inputs  = [input.x]
    filters = 64
  }
  layer "conv_bn" "double_mid" {
    filters     = 96
    kernel_size = 3
  }
  layer "conv_bn" "double" {
    filters     = 96
    kernel_size = 3
  }
  layer "average_pooling2d" "pool" {
    inputs    = [input.x]
    pool_size = 3
    strides   = 1
    padding   = "same"
  }
  layer "conv_bn" "pooled" {
    filters = param.pooled
  }
  layer "concatenate" "mixed" {
    inputs = [layer.one, layer.five, layer.double, layer.pooled]
  }
}

block "reduction_a" {
  description = "Halves the size by 3x3 convolutions of stride 2 and pooling, side by side."

  input "x" {}

  layer "conv_bn" "three" {
    inputs      = [input.x]
    filters     = 384
    kernel_size = 3
    strides     = 2
    padding     = "valid"
  }
  layer "conv_bn" "double_in" {
    inputs  = [input.x]
    filters = 64
  }
  layer "conv_bn" "double_mid" {
    filters     = 96
    kernel_size = 3
  }
  layer "conv_bn" "double" {
    filters     = 96
    kernel_size = 3
    strides     = 2
    padding     = "valid"
  }
  layer "max_pooling2d" "pool" {
    inputs    = [input.x]
    pool_size = 3
    strides   = 2
  }
  layer "concatenate" "mixed" {
    inputs = [layer.three, layer.double, layer.pool]
  }
}

block "module_b" {
  description = "7x7 convolutions taken apart into 1x7 and 7x1: Figure 6 of the paper."

  param "inner" {
    type        = number
    description = "Filters inside of the branches."
  }

  input "x" {}

  layer "conv_bn" "one" {
    inputs  = [input.x]
    filters = 192
  }
  layer "conv_bn" "seven_in" {
    inputs  = [input.x]
    filters = param.inner
  }
  layer "conv_bn" "seven_row" {
    filters     = param.inner
    kernel_size = [1, 7]
  }
  layer "conv_bn" "seven" {
    filters     = 192
    kernel_size = [7, 1]
  }
  layer "conv_bn" "double_in" {
    inputs  = [input.x]
    filters = param.inner
  }
  layer "conv_bn" "double1" {
    filters     = param.inner
    kernel_size = [7, 1]
  }
  layer "conv_bn" "double2" {
    filters     = param.inner
    kernel_size = [1, 7]
  }
  layer "conv_bn" "double3" {
    filters     = param.inner
    kernel_size = [7, 1]
  }
  layer "conv_bn" "double" {
    filters     = 192
    kernel_size = [1, 7]
  }
  layer "average_pooling2d" "pool" {
    inputs    = [input.x]
    pool_size = 3
    strides   = 1
    padding   = "same"
  }
  layer "conv_bn" "pooled" {
    filters = 192
  }
  layer "concatenate" "mixed" {
    inputs = [layer.one, layer.seven, layer.double, layer.pooled]
  }
}

block "reduction_b" {
  description = "Halves the size of what the 7x7 modules gave."

  input "x" {}

  layer "conv_bn" "three_in" {
    inputs  = [input.x]
    filters = 192
  }
  layer "conv_bn" "three" {
    filters     = 320
    kernel_size = 3
    strides     = 2
    padding     = "valid"
  }
  layer "conv_bn" "seven_in" {
    inputs  = [input.x]
    filters = 192
  }
  layer "conv_bn" "seven_row" {
    filters     = 192
    kernel_size = [1, 7]
  }
  layer "conv_bn" "seven_column" {
    filters     = 192
    kernel_size = [7, 1]
  }
  layer "conv_bn" "seven" {
    filters     = 192
    kernel_size = 3
    strides     = 2
    padding     = "valid"
  }
  layer "max_pooling2d" "pool" {
    inputs    = [input.x]
    pool_size = 3
    strides   = 2
  }
  layer "concatenate" "mixed" {
    inputs = [layer.three, layer.seven, layer.pool]
  }
}

block "module_c" {
  description = "Branches that spread out at their end: Figure 7 of the paper."

  input "x" {}

  layer "conv_bn" "one" {
    inputs  = [input.x]
    filters = 320
  }
  layer "conv_bn" "three_in" {
    inputs  = [input.x]
    filters = 384
  }
  layer "conv_bn" "three_row" {
    inputs      = [layer.three_in]
    filters     = 384
    kernel_size = [1, 3]
  }
  layer "conv_bn" "three_column" {
    inputs      = [layer.three_in]
    filters     = 384
    kernel_size = [3, 1]
  }
  layer "conv_bn" "double_in" {
    inputs  = [input.x]
    filters = 448
  }
  layer "conv_bn" "double_mid" {
    filters     = 384
    kernel_size = 3
  }
  layer "conv_bn" "double_row" {
    inputs      = [layer.double_mid]
    filters     = 384
    kernel_size = [1, 3]
  }
  layer "conv_bn" "double_column" {
    inputs      = [layer.double_mid]
    filters     = 384
    kernel_size = [3, 1]
  }
  layer "average_pooling2d" "pool" {
    inputs    = [input.x]
    pool_size = 3
    strides   = 1
    padding   = "same"
  }
  layer "conv_bn" "pooled" {
    filters = 192
  }
  layer "concatenate" "mixed" {
    inputs = [layer.one, layer.three_row, layer.three_column, layer.double_row, layer.double_column, layer.pooled]
  }
}

block "conv_bn" {
  description = "A convolution without bias, batch normalization without scale, and ReLU."

  param "filters" {
    type = number
  }
  param "kernel_size" {
    type    = any
    default = 1
  }
  param "strides" {
    type    = number
    default = 1
  }
  param "padding" {
    type    = string
    default = "same"
  }

  layer "conv2d" "conv" {
    filters     = param.filters
    kernel_size = param.kernel_size
    strides     = param.strides
    padding     = param.padding
    use_bias    = false
  }
  layer "batch_normalization" "bn" {
    scale = false
  }
  layer "activation" "act" {
    activation = "relu"
  }
}
