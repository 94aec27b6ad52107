# Vision transformer: Dosovitskiy and others, "An image is worth 16x16 words: transformers for image recognition at scale" (2020),
# arXiv:2010.11929. At 224x224x3 and 1,000 classes: b16 86,567,656 weights, b32 88,224,232, l16 304,326,632, l32 306,535,400.

block "vit" {
  description = "Classifies an image by self-attention between its patches."

  param "variant" {
    type        = string
    default     = "b16"
    description = "\"b16\", \"b32\", \"l16\", \"l32\" or \"h14\": the size and the side of the patches."

    validation {
      condition     = contains(["b16", "b32", "l16", "l32", "h14"], param.variant)
      error_message = "The variant is \"b16\", \"b32\", \"l16\", \"l32\" or \"h14\"."
    }
  }
  param "patch_size" {
    type        = number
    default     = null
    description = "Instead of the variant's."
  }
  param "width" {
    type        = number
    default     = null
    description = "Instead of the variant's: 768, 1024 or 1280."
  }
  param "depth" {
    type        = number
    default     = null
    description = "Blocks, instead of the variant's: 12, 24 or 32."
  }
  param "heads" {
    type        = number
    default     = null
    description = "Instead of the variant's: 12 or 16."
  }
  param "dropout" {
    type    = number
    default = 0.1
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

  layer "conv2d" "patches" {
    filters     = param.width != null ? param.width : { b = 768, l = 1024, h = 1280 }[substr(param.variant, 0, 1)]
    kernel_size = param.patch_size != null ? param.patch_size : tonumber(substr(param.variant, 1, 2))
    strides     = param.patch_size != null ? param.patch_size : tonumber(substr(param.variant, 1, 2))
  }
  layer "reshape" "sequence" {
    target_shape = [-1, previous.shape[2]]
  }
  layer "lambda" "nothing" {
    function = ops::zeros_like(ops::mean(layer.sequence, { axis = [1, 2] }))
  }
  layer "embedding" "class_token" {
    input_dim  = 1
    output_dim = layer.sequence.shape[1]
  }
  layer "reshape" "class_step" {
    target_shape = [1, layer.sequence.shape[1]]
  }
  layer "concatenate" "tokens" {
    inputs = [layer.class_step, layer.sequence]
    axis   = 1
  }
  layer "position_embedding" "places" {
    sequence_length = layer.tokens.shape[0]

    initializer "random_normal" {
      stddev = 0.02
    }
  }
  layer "add" "embedded" {
    inputs = [layer.tokens, layer.places]
  }
  layer "dropout" "dropout" {
    enabled = param.dropout > 0
    rate    = param.dropout
  }
  layer "transformer_encoder" "block" {
    count              = param.depth != null ? param.depth : { b = 12, l = 24, h = 32 }[substr(param.variant, 0, 1)]
    intermediate_dim   = 4 * layer.tokens.shape[1]
    num_heads          = param.heads != null ? param.heads : { b = 12, l = 16, h = 16 }[substr(param.variant, 0, 1)]
    dropout            = param.dropout
    activation         = "gelu"
    layer_norm_epsilon = 0.000001
    normalize_first    = true
  }
  layer "layer_normalization" "norm" {
    epsilon = 0.000001
  }
  layer "lambda" "class" {
    function = ops::take(layer.norm, 0, { axis = 1 })
  }
  layer "dense" "predictions" {
    units      = param.classes
    activation = param.activation
  }
}
