# MobileNet: Howard and others, "MobileNets: efficient convolutional neural networks for mobile vision applications" (2017),
# arXiv:1704.04861. As keras.applications.MobileNet: 4,253,864 weights at 1,000 classes, 475,544 with alpha = 0.25.

block "mobilenet" {
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
  param "depth_multiplier" {
    type        = number
    default     = 1
    description = "Outputs of each depthwise convolution for a channel."
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
  param "dropout" {
    type        = number
    default     = 0.001
    description = "Rate before the last layer."
  }
  param "include_top" {
    type        = bool
    default     = true
    description = "False ends with the feature map of the last convolution."
  }

  layer "conv_bn" "stem" {
    filters     = floor(32 * param.alpha)
    kernel_size = 3
    strides     = 2
  }
  layer "separable" "block" {
    # [filters, strides]
    for_each         = [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], [512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1]]
    filters          = floor(each.value[0] * param.alpha)
    strides          = each.value[1]
    depth_multiplier = param.depth_multiplier
  }
  layer "global_average_pooling2d" "pool" {
    enabled = param.include_top
  }
  layer "dropout" "dropout" {
    enabled = param.include_top && param.dropout > 0
    rate    = param.dropout
  }
  layer "dense" "predictions" {
    enabled    = param.include_top
    units      = param.classes
    activation = param.activation
  }
}

block "separable" {
  description = "A depthwise 3x3 convolution and a 1x1 one, each normalized and rectified."

  param "filters" {
    type = number
  }
  param "strides" {
    type    = number
    default = 1
  }
  param "depth_multiplier" {
    type    = number
    default = 1
  }

  layer "depthwise_conv2d" "depthwise" {
    kernel_size      = 3
    strides          = param.strides
    padding          = "same"
    depth_multiplier = param.depth_multiplier
    use_bias         = false
  }
  layer "batch_normalization" "bn" {}
  layer "activation" "relu" {
    activation = "relu6"
  }
  layer "conv_bn" "pointwise" {
    filters = param.filters
  }
}

block "conv_bn" {
  description = "A convolution without bias, batch normalization and ReLU6."

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

  layer "conv2d" "conv" {
    filters     = param.filters
    kernel_size = param.kernel_size
    strides     = param.strides
    padding     = "same"
    use_bias    = false
  }
  layer "batch_normalization" "bn" {}
  layer "activation" "relu" {
    activation = "relu6"
  }
}
