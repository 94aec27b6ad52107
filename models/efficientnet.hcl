# EfficientNet: Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks" (2019), arXiv:1905.11946.
# As keras.applications.EfficientNetB0 to B7: 5,330,571 weights of B0 at 1,000 classes (5,288,548 trainable), 66,658,687 of B7.

block "efficientnet" {
  description = "The network for images of 224x224 (b0) to 600x600 (b7); pixels from 0 to 255."

  param "variant" {
    type        = string
    default     = "b0"
    description = "\"b0\" to \"b7\"."

    validation {
      condition     = can(regex("^b[0-7]$", param.variant))
      error_message = "The variant is \"b0\" to \"b7\"."
    }
  }
  param "width" {
    type        = number
    default     = null
    description = "Scales the filters, instead of the variant's: 1 to 2."
  }
  param "depth" {
    type        = number
    default     = null
    description = "Scales the repetitions, instead of the variant's: 1 to 3.1."
  }
  param "dropout" {
    type        = number
    default     = null
    description = "Rate before the last layer, instead of the variant's: 0.2 to 0.5."
  }
  param "drop_connect" {
    type        = number
    default     = 0.2
    description = "Rate at which the last block is left out of an example's network; it grows from 0 at the first."
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
  param "include_preprocessing" {
    type        = bool
    default     = true
    description = "Whether pixels are divided by 255 and normalized, by weights that are not trained; false takes numbers around 0."
  }

  layer "rescaling" "rescaling" {
    enabled = param.include_preprocessing
    scale   = 1 / 255
  }
  layer "normalization" "normalization" {
    enabled = param.include_preprocessing
  }
  layer "scaled" "net" {
    # width, depth, dropout
    scales = one([for s in [{
      b0 = [1, 1, 0.2]
      b1 = [1, 1.1, 0.2]
      b2 = [1.1, 1.2, 0.3]
      b3 = [1.2, 1.4, 0.3]
      b4 = [1.4, 1.8, 0.4]
      b5 = [1.6, 2.2, 0.4]
      b6 = [1.8, 2.6, 0.5]
      b7 = [2, 3.1, 0.5]
    }[param.variant]] : [coalesce(param.width, s[0]), coalesce(param.depth, s[1]), coalesce(param.dropout, s[2])]])
    drop_connect = param.drop_connect
    classes      = param.classes
    activation   = param.activation
    include_top  = param.include_top
  }
}

block "scaled" {
  description = "The network of given scales."

  param "scales" {
    type        = list(number)
    description = "Of the filters and the repetitions; and the rate of dropout."
  }
  param "drop_connect" {
    type = number
  }
  param "classes" {
    type = number
  }
  param "activation" {
    type = string
  }
  param "include_top" {
    type = bool
  }

  layer "conv_bn" "stem" {
    filters     = one([for n in [32 * param.scales[0]] : one([for f in [max(8, floor((n + 4) / 8) * 8)] : f < 0.9 * n ? f + 8 : f])])
    kernel_size = 3
    strides     = 2
  }
  layer "inverted_residual" "block" {
    # [expansion, filters, repetitions, kernel, strides], each row repeated; filters are rounded to multiples of 8, but not by
    # more than a tenth downwards.
    for_each = flatten([for s in [[1, 16, 1, 3, 1], [6, 24, 2, 3, 2], [6, 40, 2, 5, 2], [6, 80, 3, 3, 2], [6, 112, 3, 5, 1], [6, 192, 4, 5, 2], [6, 320, 1, 3, 1]] : [
      for i in range(ceil(s[2] * param.scales[1])) : {
        expansion = s[0]
        filters   = one([for n in [s[1] * param.scales[0]] : one([for f in [max(8, floor((n + 4) / 8) * 8)] : f < 0.9 * n ? f + 8 : f])])
        kernel    = s[3]
        strides   = i == 0 ? s[4] : 1
      }
    ]])
    expansion   = each.value.expansion
    filters     = each.value.filters
    kernel_size = each.value.kernel
    strides     = each.value.strides
    drop_rate   = param.drop_connect * each.key / sum([for n in [1, 2, 2, 3, 3, 4, 1] : ceil(n * param.scales[1])])
  }
  layer "conv_bn" "top" {
    filters = one([for n in [1280 * param.scales[0]] : one([for f in [max(8, floor((n + 4) / 8) * 8)] : f < 0.9 * n ? f + 8 : f])])
  }
  layer "global_average_pooling2d" "pool" {
    enabled = param.include_top
  }
  layer "dropout" "dropout" {
    enabled = param.include_top && param.scales[2] > 0
    rate    = param.scales[2]
  }
  layer "dense" "predictions" {
    enabled    = param.include_top
    units      = param.classes
    activation = param.activation

    kernel_initializer "variance_scaling" {
      scale        = 1 / 3
      mode         = "fan_out"
      distribution = "uniform"
    }
  }
}

block "inverted_residual" {
  description = "A 1x1 convolution that widens, a depthwise one, squeeze and excitation, and a linear 1x1 one that narrows."

  param "expansion" {
    type        = number
    default     = 6
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
  param "drop_rate" {
    type        = number
    default     = 0
    description = "Rate at which an example passes by the shortcut alone."
  }

  input "x" {}

  layer "conv_bn" "expand" {
    enabled = param.expansion != 1
    filters = input.x.shape[2] * param.expansion
  }
  layer "depthwise_conv2d" "depthwise" {
    kernel_size = param.kernel_size
    strides     = param.strides
    padding     = "same"
    use_bias    = false

    depthwise_initializer "variance_scaling" {
      scale        = 2
      mode         = "fan_out"
      distribution = "truncated_normal"
    }
  }
  layer "batch_normalization" "bn" {}
  layer "activation" "act" {
    activation = "swish"
  }
  layer "squeeze_excite" "squeeze" {
    filters = max(1, floor(input.x.shape[2] * 0.25))
  }
  layer "conv_bn" "project" {
    filters    = param.filters
    activation = "linear"
  }
  layer "dropout" "drop" {
    enabled     = param.drop_rate > 0 && param.strides == 1 && input.x.shape[2] == param.filters
    rate        = param.drop_rate
    noise_shape = [null, 1, 1, 1]
  }
  layer "add" "sum" {
    enabled = param.strides == 1 && input.x.shape[2] == param.filters
    inputs  = [layer.drop, input.x]
  }
}

block "squeeze_excite" {
  description = "Scales each channel by a gate in (0, 1) that is computed from the means of all."

  param "filters" {
    type = number
  }

  input "x" {}

  layer "global_average_pooling2d" "pool" {
    keepdims = true
  }
  layer "conv2d" "reduce" {
    filters     = param.filters
    kernel_size = 1
    activation  = "swish"

    kernel_initializer "variance_scaling" {
      scale        = 2
      mode         = "fan_out"
      distribution = "truncated_normal"
    }
  }
  layer "conv2d" "gate" {
    filters     = input.x.shape[2]
    kernel_size = 1
    activation  = "sigmoid"

    kernel_initializer "variance_scaling" {
      scale        = 2
      mode         = "fan_out"
      distribution = "truncated_normal"
    }
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
    default = "swish"
  }

  layer "conv2d" "conv" {
    filters     = param.filters
    kernel_size = param.kernel_size
    strides     = param.strides
    padding     = "same"
    use_bias    = false

    kernel_initializer "variance_scaling" {
      scale        = 2
      mode         = "fan_out"
      distribution = "truncated_normal"
    }
  }
  layer "batch_normalization" "bn" {}
  layer "activation" "act" {
    activation = param.activation
  }
}
