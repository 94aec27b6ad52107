# Xception: Chollet, "Xception: deep learning with depthwise separable convolutions" (2017), arXiv:1610.02357. As
# keras.applications.Xception: 22,910,480 weights at 1,000 classes.

block "xception" {
  description = "The network for images of 299x299, of 71x71 at least; pixels from -1 to 1."

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
    description = "False ends with the feature map of the last convolution."
  }

  layer "conv_bn" "stem1" {
    filters = 32
    strides = 2
  }
  layer "conv_bn" "stem2" {
    filters = 64
  }
  layer "down" "entry" {
    for_each  = [128, 256, 728]
    filters   = [each.value, each.value]
    rectified = each.key == 0
  }
  layer "middle" "middle" {
    count = 8
  }
  layer "down" "exit" {
    filters = [728, 1024]
  }
  layer "separable_bn" "last" {
    for_each = [1536, 2048]
    filters  = each.value
    after    = true
  }
  layer "global_average_pooling2d" "pool" {
    enabled = param.include_top
  }
  layer "dense" "predictions" {
    enabled    = param.include_top
    units      = param.classes
    activation = param.activation
  }
}

block "down" {
  description = "Two separable convolutions and pooling, beside a 1x1 convolution: half the size."

  param "filters" {
    type        = list(number)
    description = "Of the two convolutions."
  }
  param "rectified" {
    type        = bool
    default     = false
    description = "Whether the input has gone through ReLU already."
  }

  input "x" {}

  layer "separable_bn" "first" {
    filters = param.filters[0]
    before  = !param.rectified
  }
  layer "separable_bn" "second" {
    filters = param.filters[1]
    before  = true
  }
  layer "max_pooling2d" "pool" {
    pool_size = 3
    strides   = 2
    padding   = "same"
  }
  layer "conv2d" "short" {
    inputs      = input.x
    filters     = param.filters[1]
    kernel_size = 1
    strides     = 2
    padding     = "same"
    use_bias    = false
  }
  layer "batch_normalization" "short_bn" {}
  layer "add" "sum" {
    inputs = [layer.pool, layer.short_bn]
  }
}

block "middle" {
  description = "Three separable convolutions and a shortcut."

  input "x" {}

  layer "separable_bn" "conv" {
    count   = 3
    filters = input.x.shape[2]
    before  = true
  }
  layer "add" "sum" {
    inputs = [layer.conv, input.x]
  }
}

block "separable_bn" {
  description = "A separable 3x3 convolution without bias and batch normalization, with ReLU before or after."

  param "filters" {
    type = number
  }
  param "before" {
    type    = bool
    default = false
  }
  param "after" {
    type    = bool
    default = false
  }

  layer "activation" "before" {
    enabled    = param.before
    activation = "relu"
  }
  layer "separable_conv2d" "conv" {
    filters     = param.filters
    kernel_size = 3
    padding     = "same"
    use_bias    = false
  }
  layer "batch_normalization" "bn" {}
  layer "activation" "after" {
    enabled    = param.after
    activation = "relu"
  }
}

block "conv_bn" {
  description = "A 3x3 convolution without bias or padding, batch normalization and ReLU."

  param "filters" {
    type = number
  }
  param "strides" {
    type    = number
    default = 1
  }

  layer "conv2d" "conv" {
    filters     = param.filters
    kernel_size = 3
    strides     = param.strides
    use_bias    = false
  }
  layer "batch_normalization" "bn" {}
  layer "activation" "relu" {
    activation = "relu"
  }
}
