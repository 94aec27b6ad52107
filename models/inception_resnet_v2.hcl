# Inception-ResNet v2: Szegedy, Ioffe, Vanhoucke and Alemi, "Inception-v4, Inception-ResNet and the impact of residual connections on
# learning" (2016), arXiv:1602.07261. As keras.applications.InceptionResNetV2: 55,873,736 weights at 1,000 classes (55,813,192
# trainable).

block "inception_resnet_v2" {
  description = "The network for images of 299x299, at least 75x75; pixels from -1 to 1."

  param "blocks" {
    type        = list(number)
    default     = [10, 20, 10]
    description = "Residual blocks of each of the three sizes, at least 1 of the last."

    validation {
      condition     = length(param.blocks) == 3 && param.blocks[2] >= 1
      error_message = "There are three numbers, the last of them at least 1."
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
  layer "module_a" "mixed" {}
  layer "residual" "a" {
    count    = param.blocks[0]
    branches = [[[32, 1, 1]], [[32, 1, 1], [32, 3, 3]], [[32, 1, 1], [48, 3, 3], [64, 3, 3]]]
    scale    = 0.17
  }
  layer "reduction" "reduce_a" {
    branches = [[[384, 3, 2]], [[256, 1, 1], [256, 3, 1], [384, 3, 2]]]
  }
  layer "residual" "b" {
    count    = param.blocks[1]
    branches = [[[192, 1, 1]], [[128, 1, 1], [160, 1, 7], [192, 7, 1]]]
    scale    = 0.1
  }
  layer "reduction" "reduce_b" {
    branches = [[[256, 1, 1], [384, 3, 2]], [[256, 1, 1], [288, 3, 2]], [[256, 1, 1], [288, 3, 1], [320, 3, 2]]]
  }
  layer "residual" "c" {
    count      = param.blocks[2]
    branches   = [[[192, 1, 1]], [[192, 1, 1], [224, 1, 3], [256, 3, 1]]]
    scale      = count.index == param.blocks[2] - 1 ? 1 : 0.2
    activation = count.index == param.blocks[2] - 1 ? "linear" : "relu"
  }
  layer "conv_bn" "last" {
    filters = 1536
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
  description = "Branches of 1x1, 5x5, two 3x3 and pooling."

  input "x" {}

  layer "conv_bn" "one" {
    inputs  = [input.x]
    filters = 96
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
  layer "conv_bn" "double" {
    count       = 2
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
    filters = 64
  }
  layer "concatenate" "mixed" {
    inputs = [layer.one, layer.five, layer.double, layer.pooled]
  }
}

block "residual" {
  description = "What branches of convolutions say together, scaled and added to the input."

  param "branches" {
    type        = list(list(list(number)))
    description = "Of each branch its convolutions: filters, height and width of the kernel."
  }
  param "scale" {
    type = number
  }
  param "activation" {
    type    = string
    default = "relu"
  }

  input "x" {}

  layer "residual_branch" "branch" {
    for_each     = param.branches
    inputs       = [input.x]
    convolutions = each.value
  }
  layer "concatenate" "mixed" {
    inputs = layer.branch
  }
  layer "conv2d" "up" {
    filters     = input.x.shape[2]
    kernel_size = 1
    padding     = "same"
  }
  layer "rescaling" "scaled" {
    scale = param.scale
  }
  layer "add" "sum" {
    inputs = [input.x, layer.scaled]
  }
  layer "activation" "act" {
    activation = param.activation
  }
}

block "residual_branch" {
  description = "Convolutions one after the other that keep the size."

  param "convolutions" {
    type        = list(list(number))
    description = "Filters, height and width of the kernel."
  }

  layer "conv_bn" "conv" {
    for_each    = param.convolutions
    filters     = each.value[0]
    kernel_size = [each.value[1], each.value[2]]
  }
}

block "reduction" {
  description = "Halves the size by convolutions of stride 2 and pooling, side by side."

  param "branches" {
    type        = list(list(list(number)))
    description = "Of each branch its convolutions: filters, kernel and strides."
  }

  input "x" {}

  layer "reduction_branch" "branch" {
    for_each     = param.branches
    inputs       = [input.x]
    convolutions = each.value
  }
  layer "max_pooling2d" "pool" {
    inputs    = [input.x]
    pool_size = 3
    strides   = 2
  }
  layer "concatenate" "mixed" {
    inputs = concat(layer.branch, [layer.pool])
  }
}

block "reduction_branch" {
  description = "Convolutions one after the other, those of stride 2 without padding."

  param "convolutions" {
    type        = list(list(number))
    description = "Filters, kernel and strides."
  }

  layer "conv_bn" "conv" {
    for_each    = param.convolutions
    filters     = each.value[0]
    kernel_size = each.value[1]
    strides     = each.value[2]
    padding     = each.value[2] == 2 ? "valid" : "same"
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
