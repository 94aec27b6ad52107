# U-Net: Ronneberger, Fischer and Brox, "U-Net: convolutional networks for biomedical image segmentation" (2015), arXiv:1505.04597.
# With padding, so that what comes out is as large as what goes in: 31,030,658 weights for one channel and two classes.

block "unet" {
  description = "A class for every pixel: a path down, a path up, and what each level saw carried across."

  param "classes" {
    type    = number
    default = 2
  }
  param "activation" {
    type        = string
    default     = "softmax"
    description = "Of the last layer."
  }
  param "filters" {
    type        = number
    default     = 64
    description = "Of the first level; each level down doubles them."
  }
  param "dropout" {
    type        = number
    default     = 0
    description = "Rate at the bottom."
  }

  # The height and width must be divisible by 16.
  layer "down" "down1" {
    filters = param.filters
  }
  layer "down" "down2" {
    inputs  = [layer.down1.outputs.pooled]
    filters = 2 * param.filters
  }
  layer "down" "down3" {
    inputs  = [layer.down2.outputs.pooled]
    filters = 4 * param.filters
  }
  layer "down" "down4" {
    inputs  = [layer.down3.outputs.pooled]
    filters = 8 * param.filters
  }
  layer "double_conv" "bottom" {
    inputs  = [layer.down4.outputs.pooled]
    filters = 16 * param.filters
  }
  layer "dropout" "dropout" {
    enabled = param.dropout > 0
    rate    = param.dropout
  }
  layer "up" "up4" {
    inputs  = [previous, layer.down4]
    filters = 8 * param.filters
  }
  layer "up" "up3" {
    inputs  = [previous, layer.down3]
    filters = 4 * param.filters
  }
  layer "up" "up2" {
    inputs  = [previous, layer.down2]
    filters = 2 * param.filters
  }
  layer "up" "up1" {
    inputs  = [previous, layer.down1]
    filters = param.filters
  }
  layer "conv2d" "class" {
    filters     = param.classes
    kernel_size = 1
    activation  = param.activation
  }
}

block "down" {
  description = "Two convolutions, and their result at half the size."

  param "filters" {
    type = number
  }

  layer "double_conv" "convs" {
    filters = param.filters
  }
  layer "max_pooling2d" "pool" {}

  output "features" {
    value = layer.convs
  }
  output "pooled" {
    value = layer.pool
  }
}

block "up" {
  description = "Twice the size, joined by what the path down saw there, and two convolutions."

  param "filters" {
    type = number
  }

  input "below" {}
  input "across" {}

  layer "conv2d_transpose" "grow" {
    inputs      = [input.below]
    filters     = param.filters
    kernel_size = 2
    strides     = 2
  }
  layer "concatenate" "join" {
    inputs = [input.across, layer.grow]
  }
  layer "double_conv" "convs" {
    filters = param.filters
  }
}

block "double_conv" {
  description = "Two 3x3 convolutions that keep the size, each with ReLU."

  param "filters" {
    type = number
  }

  layer "conv2d" "conv" {
    count              = 2
    filters            = param.filters
    kernel_size        = 3
    padding            = "same"
    activation         = "relu"
    kernel_initializer = "he_normal"
  }
}
