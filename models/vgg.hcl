# VGG: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition" (2014), arXiv:1409.1556.
# As keras.applications: 138,357,544 weights for depth 16 and 143,667,240 for 19 at 224x224x3 and 1,000 classes.

block "vgg" {
  description = "Stages of 3x3 convolutions, each ended by max pooling, and two wide dense layers."

  param "depth" {
    type        = number
    default     = 16
    description = "Layers with weights: 16 or 19."

    validation {
      condition     = contains([16, 19], param.depth)
      error_message = "VGG has 16 or 19 layers; give stages for others."
    }
  }
  param "stages" {
    type        = list(number)
    default     = null
    description = "Convolutions of each stage, for other depths."
  }
  param "filters" {
    type        = number
    default     = 64
    description = "Of the first stage; each stage doubles them up to eight times."
  }
  param "units" {
    type        = number
    default     = 4096
    description = "Of the two dense layers."
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

  layer "stage" "stage" {
    for_each = param.stages != null ? param.stages : param.depth == 16 ? [2, 2, 3, 3, 3] : [2, 2, 4, 4, 4]
    filters  = param.filters * min(8, pow(2, each.key))
    depth    = each.value
  }
  layer "flatten" "flat" {
    enabled = param.include_top
  }
  layer "dense" "fc" {
    count      = param.include_top ? 2 : 0
    units      = param.units
    activation = "relu"
  }
  layer "dense" "predictions" {
    enabled    = param.include_top
    units      = param.classes
    activation = param.activation
  }
}

block "stage" {
  description = "3x3 convolutions of one width and max pooling."

  param "filters" {
    type = number
  }
  param "depth" {
    type = number
  }

  layer "conv2d" "conv" {
    count       = param.depth
    filters     = param.filters
    kernel_size = 3
    padding     = "same"
    activation  = "relu"
  }
  layer "max_pooling2d" "pool" {}
}
