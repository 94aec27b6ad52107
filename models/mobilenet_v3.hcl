# MobileNetV3: Howard and others, "Searching for MobileNetV3" (2019), arXiv:1905.02244. As keras.applications.MobileNetV3Large
# and Small without its rescaling: 5,507,432 and 2,554,968 weights at 1,000 classes.

block "mobilenet_v3" {
  description = "The network for images of 224x224; pixels from -1 to 1."

  param "size" {
    type        = string
    default     = "large"
    description = "\"large\" or \"small\"."

    validation {
      condition     = contains(["large", "small"], param.size)
      error_message = "The size is \"large\" or \"small\"."
    }
  }
  param "alpha" {
    type        = number
    default     = 1
    description = "Scales the filters of every layer but the last ones."
  }
  param "minimalistic" {
    type        = bool
    default     = false
    description = "Leaves out 5x5 kernels, squeeze and excitation, and hard swish."
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
    default     = 0.2
    description = "Rate before the last layer."
  }
  param "include_top" {
    type        = bool
    default     = true
    description = "False ends with the feature map of the last convolution."
  }

  layer "conv_bn" "stem" {
    filters     = 16
    kernel_size = 3
    strides     = 2
    activation  = param.minimalistic ? "relu" : "hard_swish"
  }
  layer "inverted_residual" "block" {
    # [expansion, filters, wide kernel, strides, squeeze, hard swish]; filters are rounded to multiples of 8, but not by more
    # than a tenth downwards.
    for_each = [for s in {
      large = [
        [1, 16, false, 1, false, false], [4, 24, false, 2, false, false], [3, 24, false, 1, false, false],
        [3, 40, true, 2, true, false], [3, 40, true, 1, true, false], [3, 40, true, 1, true, false],
        [6, 80, false, 2, false, true], [2.5, 80, false, 1, false, true], [2.3, 80, false, 1, false, true], [2.3, 80, false, 1, false, true],
        [6, 112, false, 1, true, true], [6, 112, false, 1, true, true],
        [6, 160, true, 2, true, true], [6, 160, true, 1, true, true], [6, 160, true, 1, true, true],
      ]
      small = [
        [1, 16, false, 2, true, false], [72 / 16, 24, false, 2, false, false], [88 / 24, 24, false, 1, false, false],
        [4, 40, true, 2, true, true], [6, 40, true, 1, true, true], [6, 40, true, 1, true, true],
        [3, 48, true, 1, true, true], [3, 48, true, 1, true, true],
        [6, 96, true, 2, true, true], [6, 96, true, 1, true, true], [6, 96, true, 1, true, true],
      ]
      }[param.size] : {
      expansion = s[0]
      filters   = one([for f in [max(8, floor((s[1] * param.alpha + 4) / 8) * 8)] : f < 0.9 * s[1] * param.alpha ? f + 8 : f])
      kernel    = s[2] && !param.minimalistic ? 5 : 3
      strides   = s[3]
      squeeze   = s[4] && !param.minimalistic
      swish     = s[5] && !param.minimalistic
    }]
    expand      = each.key > 0
    expansion   = each.value.expansion
    filters     = each.value.filters
    kernel_size = each.value.kernel
    strides     = each.value.strides
    squeeze     = each.value.squeeze
    activation  = each.value.swish ? "hard_swish" : "relu"
  }
  layer "conv_bn" "last" {
    filters    = one([for n in [previous.shape[2] * 6] : one([for f in [max(8, floor((n + 4) / 8) * 8)] : f < 0.9 * n ? f + 8 : f])])
    activation = param.minimalistic ? "relu" : "hard_swish"
  }
  layer "global_average_pooling2d" "pool" {
    enabled  = param.include_top
    keepdims = true
  }
  layer "conv2d" "head" {
    enabled     = param.include_top
    filters     = (param.size == "large" ? 1280 : 1024) * max(1, param.alpha)
    kernel_size = 1
    activation  = param.minimalistic ? "relu" : "hard_swish"
  }
  layer "dropout" "dropout" {
    enabled = param.include_top && param.dropout > 0
    rate    = param.dropout
  }
  layer "conv2d" "logits" {
    enabled     = param.include_top
    filters     = param.classes
    kernel_size = 1
  }
  layer "flatten" "flat" {
    enabled = param.include_top
  }
  layer "activation" "predictions" {
    enabled    = param.include_top
    activation = param.activation
  }
}

block "inverted_residual" {
  description = "A 1x1 convolution that widens, a depthwise one, squeeze and excitation, and a linear 1x1 one that narrows."

  param "expand" {
    type    = bool
    default = true
  }
  param "expansion" {
    type        = number
    description = "How many times as wide as its input the middle is."
  }
  param "filters" {
    type = number
  }
  param "kernel_size" {
    type    = number
    default = 3
  }
  param "strides" {
    type    = number
    default = 1
  }
  param "squeeze" {
    type        = bool
    default     = false
    description = "Whether each channel is scaled by what the whole image says."
  }
  param "activation" {
    type    = string
    default = "relu"
  }

  input "x" {}

  layer "conv_bn" "expand" {
    enabled    = param.expand
    filters    = one([for n in [input.x.shape[2] * param.expansion] : one([for f in [max(8, floor((n + 4) / 8) * 8)] : f < 0.9 * n ? f + 8 : f])])
    activation = param.activation
  }
  layer "depthwise_conv2d" "depthwise" {
    kernel_size = param.kernel_size
    strides     = param.strides
    padding     = "same"
    use_bias    = false
  }
  layer "batch_normalization" "depthwise_bn" {
    momentum = 0.999
  }
  layer "activation" "depthwise_act" {
    activation = param.activation
  }
  layer "squeeze_excite" "squeeze" {
    enabled = param.squeeze
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

block "squeeze_excite" {
  description = "Scales each channel by a gate in [0, 1] that is computed from the means of all."

  param "ratio" {
    type    = number
    default = 0.25
  }

  input "x" {}

  layer "global_average_pooling2d" "pool" {
    keepdims = true
  }
  layer "conv2d" "reduce" {
    filters     = one([for n in [input.x.shape[2] * param.ratio] : one([for f in [max(8, floor((n + 4) / 8) * 8)] : f < 0.9 * n ? f + 8 : f])])
    kernel_size = 1
    activation  = "relu"
  }
  layer "conv2d" "gate" {
    filters     = input.x.shape[2]
    kernel_size = 1
    activation  = "hard_sigmoid"
  }
  layer "multiply" "scale" {
    inputs = [input.x, layer.gate]
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
    default = "relu"
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
