# EfficientNetV2: Tan and Le, "EfficientNetV2: smaller models and faster training" (2021), arXiv:2104.00298. As
# keras.applications.EfficientNetV2B0 to B3, S, M and L: 7,200,312 weights of B0 at 1,000 classes (7,139,704 trainable), 21,612,360 of
# S, 119,027,848 of L.

block "efficientnet_v2" {
  description = "The network for images of 224x224 (b0) to 480x480 (m, l); pixels from 0 to 255."

  param "variant" {
    type        = string
    default     = "b0"
    description = "\"b0\" to \"b3\", \"s\", \"m\" or \"l\"."

    validation {
      condition     = contains(["b0", "b1", "b2", "b3", "s", "m", "l"], param.variant)
      error_message = "The variant is \"b0\" to \"b3\", \"s\", \"m\" or \"l\"."
    }
  }
  param "width" {
    type        = number
    default     = null
    description = "Scales the filters, instead of the variant's: 1 to 1.2."
  }
  param "depth" {
    type        = number
    default     = null
    description = "Scales the repetitions, instead of the variant's: 1 to 1.4."
  }
  param "dropout" {
    type        = number
    default     = 0.2
    description = "Rate before the last layer."
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
    description = "Whether pixels are brought to numbers around 0, as the variant was trained; false takes such numbers."
  }

  input "x" {}

  layer "rescaling" "rescaling" {
    enabled = param.include_preprocessing
    scale   = startswith(param.variant, "b") && input.x.shape[2] == 3 ? 1 / 255 : 1 / 128
    offset  = startswith(param.variant, "b") && input.x.shape[2] == 3 ? 0 : -1
  }
  layer "normalization" "normalization" {
    enabled  = param.include_preprocessing && startswith(param.variant, "b") && input.x.shape[2] == 3
    mean     = [0.485, 0.456, 0.406] # of ImageNet's colours
    variance = [0.052441, 0.050176, 0.050625]
  }
  layer "scaled" "net" {
    width = coalesce(param.width, lookup({ b2 = 1.1, b3 = 1.2 }, param.variant, 1))
    depth = coalesce(param.depth, lookup({ b1 = 1.1, b2 = 1.2, b3 = 1.4 }, param.variant, 1))
    # The filters of the stem; then of each stage whether it is fused, expansion, filters, repetitions and strides.
    stem = param.variant == "l" || startswith(param.variant, "b") ? 32 : 24
    stages = {
      b = [[1, 1, 16, 1, 1], [1, 4, 32, 2, 2], [1, 4, 48, 2, 2], [0, 4, 96, 3, 2], [0, 6, 112, 5, 1], [0, 6, 192, 8, 2]]
      s = [[1, 1, 24, 2, 1], [1, 4, 48, 4, 2], [1, 4, 64, 4, 2], [0, 4, 128, 6, 2], [0, 6, 160, 9, 1], [0, 6, 256, 15, 2]]
      m = [[1, 1, 24, 3, 1], [1, 4, 48, 5, 2], [1, 4, 80, 5, 2], [0, 4, 160, 7, 2], [0, 6, 176, 14, 1], [0, 6, 304, 18, 2], [0, 6, 512, 5, 1]]
      l = [[1, 1, 32, 4, 1], [1, 4, 64, 7, 2], [1, 4, 96, 7, 2], [0, 4, 192, 10, 2], [0, 6, 224, 19, 1], [0, 6, 384, 25, 2], [0, 6, 640, 7, 1]]
    }[substr(param.variant, 0, 1)]
    dropout      = param.dropout
    drop_connect = param.drop_connect
    classes      = param.classes
    activation   = param.activation
    include_top  = param.include_top
  }
}

block "scaled" {
  description = "The network of given stages, its filters rounded to multiples of 8."

  param "width" {
    type = number
  }
  param "depth" {
    type = number
  }
  param "stem" {
    type = number
  }
  param "stages" {
    type        = list(list(number))
    description = "Of each stage whether it is fused (1 or 0), expansion, filters, repetitions, strides."
  }
  param "dropout" {
    type = number
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
    filters     = max(8, floor((param.stem * param.width + 4) / 8) * 8)
    kernel_size = 3
    strides     = 2
  }
  layer "inverted_residual" "block" {
    for_each = flatten([for s in param.stages : [
      for i in range(ceil(s[3] * param.depth)) : {
        fused     = s[0] == 1
        expansion = s[1]
        filters   = max(8, floor((s[2] * param.width + 4) / 8) * 8)
        strides   = i == 0 ? s[4] : 1
      }
    ]])
    fused     = each.value.fused
    expansion = each.value.expansion
    filters   = each.value.filters
    strides   = each.value.strides
    drop_rate = param.drop_connect * each.key / sum([for s in param.stages : s[3]])
  }
  layer "conv_bn" "top" {
    filters = max(8, floor((1280 * param.width + 4) / 8) * 8)
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

    kernel_initializer "variance_scaling" {
      scale        = 1 / 3
      mode         = "fan_out"
      distribution = "uniform"
    }
  }
}

block "inverted_residual" {
  description = "A convolution that widens, a depthwise one with squeeze and excitation, and a linear one that narrows; fused, a 3x3 convolution that widens stands for the first two."

  param "fused" {
    type    = bool
    default = false
  }
  param "expansion" {
    type        = number
    default     = 4
    description = "How many times as wide as its input the middle is."
  }
  param "filters" {
    type = number
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
    enabled     = param.expansion != 1
    filters     = input.x.shape[2] * param.expansion
    kernel_size = param.fused ? 3 : 1
    strides     = param.fused ? param.strides : 1
  }
  layer "depthwise_conv2d" "depthwise" {
    enabled     = !param.fused
    kernel_size = 3
    strides     = param.strides
    padding     = "same"
    use_bias    = false

    depthwise_initializer "variance_scaling" {
      scale        = 2
      mode         = "fan_out"
      distribution = "truncated_normal"
    }
  }
  layer "batch_normalization" "bn" {
    enabled  = !param.fused
    momentum = 0.9
  }
  layer "activation" "act" {
    enabled    = !param.fused
    activation = "swish"
  }
  layer "squeeze_excite" "squeeze" {
    enabled = !param.fused
    filters = max(1, floor(input.x.shape[2] * 0.25))
  }
  layer "conv_bn" "project" {
    filters     = param.filters
    kernel_size = param.fused && param.expansion == 1 ? 3 : 1
    strides     = param.fused && param.expansion == 1 ? param.strides : 1
    activation  = param.fused && param.expansion == 1 ? "swish" : "linear"
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
  layer "batch_normalization" "bn" {
    momentum = 0.9
  }
  layer "activation" "act" {
    activation = param.activation
  }
}
