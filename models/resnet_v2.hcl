# Residual networks of full pre-activation: He, Zhang, Ren and Sun, "Identity mappings in deep residual networks" (2016), arXiv:1603.05027.
# As keras.applications.ResNet50V2, 101V2 and 152V2: 25,613,800, 44,675,560 and 60,380,648 weights at 1,000 classes.

block "resnet_v2" {
  description = "The network for images of 224x224."

  param "depth" {
    type        = number
    default     = 50
    description = "Layers with weights: 50, 101 or 152."

    validation {
      condition     = contains([50, 101, 152], param.depth)
      error_message = "A ready network has 50, 101 or 152 layers; give stages for others."
    }
  }
  param "stages" {
    type        = list(number)
    default     = null
    description = "Bottlenecks of each stage, for other depths."
  }
  param "filters" {
    type        = number
    default     = 64
    description = "Of the first stage; each stage doubles them."
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
    description = "False ends with the feature map of the last stage."
  }

  layer "zero_padding2d" "conv1_pad" {
    padding = 3
  }
  layer "conv2d" "conv1_conv" {
    filters     = param.filters
    kernel_size = 7
    strides     = 2
  }
  layer "zero_padding2d" "pool1_pad" {}
  layer "max_pooling2d" "pool1_pool" {
    pool_size = 3
    strides   = 2
  }
  layer "stage" "stage" {
    for_each = param.stages != null ? [for depth in param.stages : [depth, 2]] : {
      "50"  = [[3, 2], [4, 2], [6, 2], [3, 1]]
      "101" = [[3, 2], [4, 2], [23, 2], [3, 1]]
      "152" = [[3, 2], [8, 2], [36, 2], [3, 1]]
    }[param.depth]
    filters = param.filters * pow(2, each.key)
    depth   = each.value[0]
    strides = each.value[1]
  }
  layer "batch_normalization" "post_bn" {
    epsilon = 0.00001001
  }
  layer "activation" "post_relu" {
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
  description = "Bottlenecks of one width; the last may change the size."

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

  layer "bottleneck" "block" {
    count   = param.depth
    filters = param.filters
    strides = count.index == param.depth - 1 ? param.strides : 1
    project = count.index == 0
  }
}

block "bottleneck" {
  description = "Normalization and ReLU before each convolution, and a shortcut that is never activated."

  param "filters" {
    type = number
  }
  param "strides" {
    type    = number
    default = 1
  }
  param "project" {
    type        = bool
    default     = false
    description = "Whether the shortcut is a convolution, of what is activated already: it must be where the width changes."
  }

  input "x" {}

  layer "batch_normalization" "preact_bn" {
    epsilon = 0.00001001
  }
  layer "activation" "preact" {
    activation = "relu"
  }
  layer "conv2d" "conv0" {
    enabled     = param.project
    filters     = 4 * param.filters
    kernel_size = 1
    strides     = param.strides
  }
  layer "max_pooling2d" "pool0" {
    enabled   = !param.project && param.strides > 1
    inputs    = [input.x]
    pool_size = 1
    strides   = param.strides
  }
  layer "conv2d" "conv1" {
    inputs      = [layer.preact]
    filters     = param.filters
    kernel_size = 1
    use_bias    = false
  }
  layer "batch_normalization" "bn1" {
    epsilon = 0.00001001
  }
  layer "activation" "relu1" {
    activation = "relu"
  }
  layer "zero_padding2d" "conv2_pad" {}
  layer "conv2d" "conv2" {
    filters     = param.filters
    kernel_size = 3
    strides     = param.strides
    use_bias    = false
  }
  layer "batch_normalization" "bn2" {
    epsilon = 0.00001001
  }
  layer "activation" "relu2" {
    activation = "relu"
  }
  layer "conv2d" "conv3" {
    filters     = 4 * param.filters
    kernel_size = 1
  }
  layer "add" "out" {
    inputs = [param.project ? layer.conv0 : layer.pool0, layer.conv3]
  }
}
