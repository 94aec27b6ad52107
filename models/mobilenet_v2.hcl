# MobileNetV2: Sandler, Howard, Zhu, Zhmoginov and Chen, "MobileNetV2: inverted residuals and linear bottlenecks" (2018),
# arXiv:1801.04381. As keras.applications.MobileNetV2: 3,538,984 weights at 1,000 classes, 1,987,224 with alpha = 0.5.

block "mobilenet_v2" {
  description = "The network for images of 224x224; pixels from -1 to 1."

  param "alpha" {
    type        = number
    default     = 1
    description = "Scales the filters of every layer."

    validation {
      condition     = param.alpha > 0
      error_message = "The scale of the filters is more than 0."
    }
  }
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

  layer "conv_bn" "stem" {
    filters     = one([for n in [32 * param.alpha] : one([for f in [max(8, floor((n + 4) / 8) * 8)] : f < 0.9 * n ? f + 8 : f])])
    kernel_size = 3
    strides     = 2
  }
  layer "stage" "stage" {
    # The numbers of filters are rounded to multiples of 8, but not by more than a tenth downwards.
    for_each = [for s in [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]] : {
      expansion = s[0]
      filters   = one([for n in [floor(s[1] * param.alpha)] : one([for f in [max(8, floor((n + 4) / 8) * 8)] : f < 0.9 * n ? f + 8 : f])])
      depth     = s[2]
      strides   = s[3]
    }]
    expansion = each.value.expansion
    filters   = each.value.filters
    depth     = each.value.depth
    strides   = each.value.strides
  }
  layer "conv_bn" "last" {
    filters = param.alpha > 1 ? floor((1280 * param.alpha + 4) / 8) * 8 : 1280
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

block "stage" {
  description = "Inverted residuals of one width; the first may change the size."

  param "expansion" {
    type = number
  }
  param "filters" {
    type = number
  }
  param "depth" {
    type = number
  }
  param "strides" {
    type    = number
    default = 1
  }

  layer "inverted_residual" "block" {
    count     = param.depth
    expansion = param.expansion
    filters   = param.filters
    strides   = count.index == 0 ? param.strides : 1
  }
}

block "inverted_residual" {
  description = "A 1x1 convolution that widens, a depthwise 3x3 one, and a linear 1x1 one that narrows; a shortcut where the shape stays."

  param "expansion" {
    type        = number
    default     = 6
    description = "How many times as wide as its input the middle is."
  }
  param "filters" {
    type = number
  }
  param "strides" {
    type    = number
    default = 1
  }

  input "x" {}

  layer "conv_bn" "expand" {
    enabled = param.expansion != 1
    filters = input.x.shape[2] * param.expansion
  }
  layer "depthwise_conv2d" "depthwise" {
    kernel_size = 3
    strides     = param.strides
    padding     = "same"
    use_bias    = false
  }
  layer "batch_normalization" "depthwise_bn" {
    momentum = 0.999
  }
  layer "activation" "depthwise_relu" {
    activation = "relu6"
  }
  layer "conv_bn" "project" {
    filters    = param.filters
    activation = "linear"
  }
  layer "add" "sum" {
    enabled = param.strides == 1 && input.x.shape[2] == param.filters
    inputs  = [layer.project, input.x]
  }
}

block "conv_bn" {
  description = "A convolution without bias, batch normalization and an activation."

  param "filters" {
    type = number
  }
  param "kernel_size" {
    type    = number
    default = 1
  }
  param "strides" {
    type    = number
    default = 1
  }
  param "activation" {
    type    = string
    default = "relu6"
  }

  layer "conv2d" "conv" {
    filters     = param.filters
    kernel_size = param.kernel_size
    strides     = param.strides
    padding     = "same"
    use_bias    = false
  }
  layer "batch_normalization" "bn" {
    momentum = 0.999
  }
  layer "activation" "act" {
    activation = param.activation
  }
}
