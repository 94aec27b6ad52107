# NASNet-A: Zoph, Vasudevan, Shlens and Le, "Learning transferable architectures for scalable image recognition" (2017),
# arXiv:1707.07012. As keras.applications.NASNetMobile and NASNetLarge: 5,326,716 weights of mobile at 1,000 classes (5,289,978
# trainable), 88,949,818 of large.

block "nasnet" {
  description = "The network for images of 224x224 (mobile) or 331x331 (large), at least 32x32; pixels from -1 to 1."

  param "variant" {
    type        = string
    default     = "mobile"
    description = "\"mobile\" or \"large\"."

    validation {
      condition     = contains(["mobile", "large"], param.variant)
      error_message = "The variant is \"mobile\" or \"large\"."
    }
  }
  param "blocks" {
    type        = number
    default     = null
    description = "Normal cells of each of the three sizes, instead of the variant's 4 or 6."
  }
  param "penultimate_filters" {
    type        = number
    default     = null
    description = "Channels that are pooled at the end, a multiple of 96, instead of the variant's 1056 or 4032."

    validation {
      condition     = coalesce(param.penultimate_filters, 96) % 96 == 0
      error_message = "It is a multiple of 96."
    }
  }
  param "stem_filters" {
    type        = number
    default     = null
    description = "Filters of the first convolution, instead of the variant's 32 or 96."
  }
  param "skip_reduction" {
    type        = bool
    default     = null
    description = "Whether the cell behind a reduction sees what came before the reduction's own input, as in large, and not that."
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
    description = "False ends with the feature map of the last cell."
  }

  layer "conv2d" "stem" {
    filters            = coalesce(param.stem_filters, param.variant == "large" ? 96 : 32)
    kernel_size        = 3
    strides            = 2
    use_bias           = false
    kernel_initializer = "he_normal"
  }
  layer "batch_normalization" "stem_bn" {
    momentum = 0.9997
  }
  layer "reduction_cell" "stem1" {
    inputs  = [previous, previous]
    filters = coalesce(param.penultimate_filters, param.variant == "large" ? 4032 : 1056) / 96
    adjust  = false
  }
  layer "reduction_cell" "stem2" {
    inputs  = [layer.stem1, layer.stem1.outputs.before]
    filters = coalesce(param.penultimate_filters, param.variant == "large" ? 4032 : 1056) / 48
    halve   = true
  }
  layer "normal_cell" "large" {
    count   = coalesce(param.blocks, param.variant == "large" ? 6 : 4)
    inputs  = [previous, previous.outputs.before]
    filters = coalesce(param.penultimate_filters, param.variant == "large" ? 4032 : 1056) / 24
    halve   = count.index == 0
  }
  layer "reduction_cell" "reduce1" {
    inputs  = [previous, previous.outputs.before]
    filters = coalesce(param.penultimate_filters, param.variant == "large" ? 4032 : 1056) / 12
  }
  layer "normal_cell" "medium" {
    count   = coalesce(param.blocks, param.variant == "large" ? 6 : 4)
    inputs  = [previous, count.index == 0 && coalesce(param.skip_reduction, param.variant == "large") ? layer.large[length(layer.large) - 1].outputs.before : previous.outputs.before]
    filters = coalesce(param.penultimate_filters, param.variant == "large" ? 4032 : 1056) / 12
    halve   = count.index == 0
  }
  layer "reduction_cell" "reduce2" {
    inputs  = [previous, previous.outputs.before]
    filters = coalesce(param.penultimate_filters, param.variant == "large" ? 4032 : 1056) / 6
  }
  layer "normal_cell" "small" {
    count   = coalesce(param.blocks, param.variant == "large" ? 6 : 4)
    inputs  = [previous, count.index == 0 && coalesce(param.skip_reduction, param.variant == "large") ? layer.medium[length(layer.medium) - 1].outputs.before : previous.outputs.before]
    filters = coalesce(param.penultimate_filters, param.variant == "large" ? 4032 : 1056) / 6
    halve   = count.index == 0
  }
  layer "activation" "relu" {
    activation = "relu"
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

block "normal_cell" {
  description = "The cell that keeps the size, Figure 4 of the paper: five pairs of separable convolutions and poolings, added; and its input, for the cell behind the next."

  param "filters" {
    type = number
  }
  param "halve" {
    type        = bool
    default     = false
    description = "Whether what came before is twice as large as the input."
  }

  input "x" {}
  input "before" {}

  layer "adjusted" "p" {
    inputs  = [input.before]
    filters = param.filters
    halve   = param.halve
  }
  layer "relu_conv_bn" "h" {
    inputs  = [input.x]
    filters = param.filters
  }
  layer "separable_pair" "left1" {
    inputs      = [layer.h]
    filters     = param.filters
    kernel_size = 5
  }
  layer "separable_pair" "right1" {
    inputs      = [layer.p]
    filters     = param.filters
    kernel_size = 3
  }
  layer "add" "sum1" {
    inputs = [layer.left1, layer.right1]
  }
  layer "separable_pair" "left2" {
    inputs      = [layer.p]
    filters     = param.filters
    kernel_size = 5
  }
  layer "separable_pair" "right2" {
    inputs      = [layer.p]
    filters     = param.filters
    kernel_size = 3
  }
  layer "add" "sum2" {
    inputs = [layer.left2, layer.right2]
  }
  layer "average_pooling2d" "left3" {
    inputs    = [layer.h]
    pool_size = 3
    strides   = 1
    padding   = "same"
  }
  layer "add" "sum3" {
    inputs = [layer.left3, layer.p]
  }
  layer "average_pooling2d" "left4" {
    inputs    = [layer.p]
    pool_size = 3
    strides   = 1
    padding   = "same"
  }
  layer "add" "sum4" {
    inputs = [layer.left4, layer.left4] # two poolings of one input
  }
  layer "separable_pair" "left5" {
    inputs      = [layer.h]
    filters     = param.filters
    kernel_size = 3
  }
  layer "add" "sum5" {
    inputs = [layer.left5, layer.h]
  }
  layer "concatenate" "joined" {
    inputs = [layer.p, layer.sum1, layer.sum2, layer.sum3, layer.sum4, layer.sum5]
  }

  output "x" {
    value = layer.joined
  }
  output "before" {
    value = input.x
  }
}

block "reduction_cell" {
  description = "The cell that halves the size, Figure 4 of the paper; and its input, for the cell behind the next."

  param "filters" {
    type = number
  }
  param "halve" {
    type        = bool
    default     = false
    description = "Whether what came before is twice as large as the input."
  }
  param "adjust" {
    type        = bool
    default     = true
    description = "False takes what came before as it is."
  }

  input "x" {}
  input "before" {}

  layer "adjusted" "p" {
    enabled = param.adjust
    inputs  = [input.before]
    filters = param.filters
    halve   = param.halve
  }
  layer "relu_conv_bn" "h" {
    inputs  = [input.x]
    filters = param.filters
  }
  layer "zero_padding2d" "padded" {
    padding = [[input.x.shape[0] % 2, 1], [input.x.shape[1] % 2, 1]]
  }
  layer "separable_pair" "left1" {
    inputs      = [layer.h]
    filters     = param.filters
    kernel_size = 5
    strides     = 2
  }
  layer "separable_pair" "right1" {
    inputs      = [layer.p]
    filters     = param.filters
    kernel_size = 7
    strides     = 2
  }
  layer "add" "sum1" {
    inputs = [layer.left1, layer.right1]
  }
  layer "max_pooling2d" "largest" {
    inputs    = [layer.padded]
    pool_size = 3
    strides   = 2
  }
  layer "separable_pair" "right2" {
    inputs      = [layer.p]
    filters     = param.filters
    kernel_size = 7
    strides     = 2
  }
  layer "add" "sum2" {
    inputs = [layer.largest, layer.right2]
  }
  layer "average_pooling2d" "left3" {
    inputs    = [layer.padded]
    pool_size = 3
    strides   = 2
  }
  layer "separable_pair" "right3" {
    inputs      = [layer.p]
    filters     = param.filters
    kernel_size = 5
    strides     = 2
  }
  layer "add" "sum3" {
    inputs = [layer.left3, layer.right3]
  }
  layer "average_pooling2d" "left4" {
    inputs    = [layer.sum1]
    pool_size = 3
    strides   = 1
    padding   = "same"
  }
  layer "add" "sum4" {
    inputs = [layer.sum2, layer.left4]
  }
  layer "separable_pair" "left5" {
    inputs      = [layer.sum1]
    filters     = param.filters
    kernel_size = 3
  }
  layer "add" "sum5" {
    inputs = [layer.left5, layer.largest]
  }
  layer "concatenate" "joined" {
    inputs = [layer.sum2, layer.sum3, layer.sum4, layer.sum5]
  }

  output "x" {
    value = layer.joined
  }
  output "before" {
    value = input.x
  }
}

block "adjusted" {
  description = "Brings the output of an earlier cell to a number of channels, and to half its size where that is asked for: every other pixel, and those between them."

  param "filters" {
    type = number
  }
  param "halve" {
    type    = bool
    default = false
  }

  input "x" {}

  layer "relu_conv_bn" "projected" {
    enabled = !param.halve && input.x.shape[2] != param.filters
    filters = param.filters
  }
  layer "halved" "halved" {
    enabled = param.halve
    filters = param.filters
  }
}

block "halved" {
  description = "Half the size by two 1x1 convolutions, one of every other pixel, one of those between them."

  param "filters" {
    type = number
  }

  layer "activation" "relu" {
    activation = "relu"
  }
  layer "conv2d" "even" {
    filters            = floor(param.filters / 2)
    kernel_size        = 1
    strides            = 2
    use_bias           = false
    kernel_initializer = "he_normal"
  }
  layer "zero_padding2d" "shifted" {
    inputs  = [layer.relu]
    padding = [[0, 1], [0, 1]]
  }
  layer "cropping2d" "cropped" {
    cropping = [[1, 0], [1, 0]]
  }
  layer "conv2d" "odd" {
    filters            = floor(param.filters / 2)
    kernel_size        = 1
    strides            = 2
    use_bias           = false
    kernel_initializer = "he_normal"
  }
  layer "concatenate" "joined" {
    inputs = [layer.even, layer.odd]
  }
  layer "batch_normalization" "bn" {
    momentum = 0.9997
  }
}

block "relu_conv_bn" {
  description = "ReLU, a 1x1 convolution without bias and batch normalization."

  param "filters" {
    type = number
  }

  layer "activation" "relu" {
    activation = "relu"
  }
  layer "conv2d" "conv" {
    filters            = param.filters
    kernel_size        = 1
    use_bias           = false
    kernel_initializer = "he_normal"
  }
  layer "batch_normalization" "bn" {
    momentum = 0.9997
  }
}

block "separable_pair" {
  description = "Twice ReLU, a separable convolution without bias and batch normalization."

  param "filters" {
    type = number
  }
  param "kernel_size" {
    type    = number
    default = 3
  }
  param "strides" {
    type        = number
    default     = 1
    description = "Of the first convolution."
  }

  layer "relu_separable_bn" "conv" {
    count       = 2
    filters     = param.filters
    kernel_size = param.kernel_size
    strides     = count.index == 0 ? param.strides : 1
  }
}

block "relu_separable_bn" {
  description = "ReLU, a separable convolution without bias and batch normalization."

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

  layer "activation" "relu" {
    activation = "relu"
  }
  layer "separable_conv2d" "conv" {
    filters     = param.filters
    kernel_size = param.kernel_size
    strides     = param.strides
    padding     = "same"
    use_bias    = false
  }
  layer "batch_normalization" "bn" {
    momentum = 0.9997
  }
}
