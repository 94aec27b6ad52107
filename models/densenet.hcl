# DenseNet: Huang, Liu, van der Maaten and Weinberger, "Densely connected convolutional networks" (2016), arXiv:1608.06993.
# As keras.applications at 1,000 classes: depth 121 has 8,062,504 weights, 169 has 14,307,880, 201 has 20,242,984.

block "densenet" {
  description = "A stem that quarters the size, stages of layers that each see all before them, and transitions that halve."

  param "depth" {
    type        = number
    default     = 121
    description = "Layers with weights: 121, 169 or 201."

    validation {
      condition     = contains([121, 169, 201], param.depth)
      error_message = "DenseNet has 121, 169 or 201 layers; give stages for others."
    }
  }
  param "stages" {
    type        = list(number)
    default     = null
    description = "Layers of each stage, for other depths."
  }
  param "growth_rate" {
    type        = number
    default     = 32
    description = "Channels that each layer adds."
  }
  param "classes" {
    type    = number
    default = 1000
  }
  param "activation" {
    type    = string
    default = "softmax"
  }
  param "include_top" {
    type        = bool
    default     = true
    description = "False ends with the feature map of the last stage."
  }

  layer "zero_padding2d" "conv1_pad" {
    padding = 3
  }
  layer "conv2d" "conv1" {
    filters     = 2 * param.growth_rate
    kernel_size = 7
    strides     = 2
    use_bias    = false
  }
  layer "batch_normalization" "bn1" {
    epsilon = 0.00001001
  }
  layer "activation" "relu1" {
    activation = "relu"
  }
  layer "zero_padding2d" "pool1_pad" {}
  layer "max_pooling2d" "pool1" {
    pool_size = 3
    strides   = 2
  }
  layer "stage" "stage" {
    for_each = param.stages != null ? param.stages : {
      "121" = [6, 12, 24, 16]
      "169" = [6, 12, 32, 32]
      "201" = [6, 12, 48, 32]
    }[param.depth]
    depth       = each.value
    growth_rate = param.growth_rate
    reduction   = each.key == 0 ? 1 : 0.5
  }
  layer "batch_normalization" "bn" {
    epsilon = 0.00001001
  }
  layer "activation" "relu" {
    activation = "relu"
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

block "stage" {
  description = "A transition where the channels are to be reduced, then densely connected layers."

  param "depth" {
    type = number
  }
  param "growth_rate" {
    type = number
  }
  param "reduction" {
    type        = number
    default     = 0.5
    description = "The share of channels that the transition keeps; 1 for no transition."
  }

  layer "transition" "transition" {
    enabled   = param.reduction < 1
    reduction = param.reduction
  }
  layer "dense_layer" "layer" {
    count       = param.depth
    growth_rate = param.growth_rate
  }
}

block "dense_layer" {
  description = "A bottleneck and a 3x3 convolution, whose result joins what came in."

  param "growth_rate" {
    type = number
  }

  input "x" {}

  layer "batch_normalization" "bn0" {
    epsilon = 0.00001001
  }
  layer "activation" "relu0" {
    activation = "relu"
  }
  layer "conv2d" "conv1" {
    filters     = 4 * param.growth_rate
    kernel_size = 1
    use_bias    = false
  }
  layer "batch_normalization" "bn1" {
    epsilon = 0.00001001
  }
  layer "activation" "relu1" {
    activation = "relu"
  }
  layer "conv2d" "conv2" {
    filters     = param.growth_rate
    kernel_size = 3
    padding     = "same"
    use_bias    = false
  }
  layer "concatenate" "concat" {
    inputs = [input.x, layer.conv2]
  }
}

block "transition" {
  description = "A 1x1 convolution to fewer channels and pooling to half the size."

  param "reduction" {
    type    = number
    default = 0.5
  }

  input "x" {}

  layer "batch_normalization" "bn" {
    epsilon = 0.00001001
  }
  layer "activation" "relu" {
    activation = "relu"
  }
  layer "conv2d" "conv" {
    filters     = floor(input.x.shape[2] * param.reduction)
    kernel_size = 1
    use_bias    = false
  }
  layer "average_pooling2d" "pool" {}
}
