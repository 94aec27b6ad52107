# ConvNeXt: Liu, Mao, Wu, Feichtenhofer, Darrell and Xie, "A ConvNet for the 2020s" (2022), arXiv:2201.03545.
# As keras.applications without its normalization of pixels, weights at 1,000 classes: tiny 28,589,128, small 50,223,688,
# base 88,591,464, large 197,767,336, xlarge 350,196,968.

block "convnext" {
  description = "The network for images of 224x224."

  param "variant" {
    type        = string
    default     = "tiny"
    description = "\"tiny\", \"small\", \"base\", \"large\" or \"xlarge\"."

    validation {
      condition     = contains(["tiny", "small", "base", "large", "xlarge"], param.variant)
      error_message = "The variant is \"tiny\", \"small\", \"base\", \"large\" or \"xlarge\"."
    }
  }
  param "stages" {
    type        = list(number)
    default     = null
    description = "Blocks of each stage, instead of the variant's."
  }
  param "filters" {
    type        = number
    default     = null
    description = "Of the first stage, instead of the variant's; each stage doubles them."
  }
  param "drop_path" {
    type        = number
    default     = 0
    description = "Rate at which an example passes each block by the shortcut alone."
  }
  param "layer_scale" {
    type        = number
    default     = 0.000001
    description = "What the scale of each channel of a block starts from."
  }
  param "classes" {
    type    = number
    default = 1000
  }
  param "activation" {
    type        = string
    default     = "linear"
    description = "Of the last layer; Keras gives logits unless told otherwise."
  }
  param "include_top" {
    type        = bool
    default     = true
    description = "False ends with the feature map of the last stage, normalized."
  }

  layer "stage" "stage" {
    for_each    = coalescelist(param.stages != null ? param.stages : [], param.variant == "tiny" ? [3, 3, 9, 3] : [3, 3, 27, 3])
    downsample  = each.key == 0 ? 4 : 2
    norm_first  = each.key > 0
    depth       = each.value
    filters     = pow(2, each.key) * (param.filters != null ? param.filters : { tiny = 96, small = 96, base = 128, large = 192, xlarge = 256 }[param.variant])
    drop_path   = param.drop_path
    layer_scale = param.layer_scale
  }
  layer "global_average_pooling2d" "pool" {
    enabled = param.include_top
  }
  layer "layer_normalization" "norm" {
    epsilon = 0.000001
  }
  layer "dense" "predictions" {
    enabled    = param.include_top
    units      = param.classes
    activation = param.activation
  }
}

block "stage" {
  description = "Patches become pixels of a new width, then come the blocks."

  param "downsample" {
    type        = number
    description = "Side of the patches."
  }
  param "norm_first" {
    type        = bool
    description = "Whether the normalization stands before the convolution or after it."
  }
  param "depth" {
    type = number
  }
  param "filters" {
    type = number
  }
  param "drop_path" {
    type    = number
    default = 0
  }
  param "layer_scale" {
    type    = number
    default = 0.000001
  }

  layer "layer_normalization" "norm_before" {
    enabled = param.norm_first
    epsilon = 0.000001
  }
  layer "conv2d" "patches" {
    filters     = param.filters
    kernel_size = param.downsample
    strides     = param.downsample
  }
  layer "layer_normalization" "norm_after" {
    enabled = !param.norm_first
    epsilon = 0.000001
  }
  layer "convnext_block" "block" {
    count       = param.depth
    drop_path   = param.drop_path
    layer_scale = param.layer_scale
  }
}

block "convnext_block" {
  description = "A depthwise 7x7 convolution and two dense layers on every pixel, scaled, and a shortcut."

  param "drop_path" {
    type    = number
    default = 0
  }
  param "layer_scale" {
    type    = number
    default = 0.000001
  }

  input "x" {}

  layer "depthwise_conv2d" "depthwise" {
    kernel_size = 7
    padding     = "same"
  }
  layer "layer_normalization" "norm" {
    epsilon = 0.000001
  }
  layer "dense" "expand" {
    units      = 4 * input.x.shape[2]
    activation = "gelu"
  }
  layer "dense" "contract" {
    units = input.x.shape[2]
  }
  layer "depthwise_conv2d" "scale" {
    kernel_size = 1
    use_bias    = false

    depthwise_initializer "constant" {
      value = param.layer_scale
    }
  }
  layer "dropout" "drop_path" {
    enabled     = param.drop_path > 0
    rate        = param.drop_path
    noise_shape = [null, 1, 1, 1]
  }
  layer "add" "sum" {
    inputs = [input.x, layer.drop_path]
  }
}
