# The transformer: Vaswani and others, "Attention is all you need" (2017), arXiv:1706.03762. Its base sizes give 18,914,304 weights
# for the encoder's six blocks and 25,224,192 for the decoder's. Places are learned, as in KerasHub's layers.

block "transformer" {
  description = "Reads a sequence of tokens and scores, for every place of a second one, the token that comes next."

  param "vocabulary_size" {
    type = number
  }
  param "sequence_length" {
    type        = number
    description = "Length of the longer sequence."
  }
  param "width" {
    type    = number
    default = 512
  }
  param "heads" {
    type    = number
    default = 8
  }
  param "depth" {
    type        = number
    default     = 6
    description = "Blocks of the encoder, and of the decoder."
  }
  param "dropout" {
    type    = number
    default = 0.1
  }
  param "mask_zero" {
    type        = bool
    default     = true
    description = "Whether token 0 is padding."
  }

  input "source" {}
  input "target" {}

  layer "token_and_position_embedding" "source" {
    inputs          = [input.source]
    vocabulary_size = param.vocabulary_size
    sequence_length = param.sequence_length
    embedding_dim   = param.width
    mask_zero       = param.mask_zero
  }
  layer "encoder" "encoder" {
    heads   = param.heads
    depth   = param.depth
    dropout = param.dropout
  }
  layer "token_and_position_embedding" "target" {
    inputs          = [input.target]
    vocabulary_size = param.vocabulary_size
    sequence_length = param.sequence_length
    embedding_dim   = param.width
    mask_zero       = param.mask_zero
  }
  layer "decoder" "decoder" {
    inputs  = [layer.target, layer.encoder]
    heads   = param.heads
    depth   = param.depth
    dropout = param.dropout
  }
  layer "dense" "scores" {
    units = param.vocabulary_size
  }
}

block "encoder" {
  description = "Blocks of self-attention over a sequence of vectors."

  param "depth" {
    type    = number
    default = 6
  }
  param "heads" {
    type    = number
    default = 8
  }
  param "widening" {
    type        = number
    default     = 4
    description = "How many times as wide as the vectors the middle of a block is."
  }
  param "dropout" {
    type    = number
    default = 0.1
  }
  param "activation" {
    type    = string
    default = "relu"
  }
  param "norm_first" {
    type        = bool
    default     = false
    description = "Whether the blocks normalize what comes in; a last normalization follows then."
  }

  input "x" {}

  layer "transformer_encoder" "block" {
    count            = param.depth
    intermediate_dim = param.widening * input.x.shape[1]
    num_heads        = param.heads
    dropout          = param.dropout
    activation       = param.activation
    normalize_first  = param.norm_first
  }
  layer "layer_normalization" "norm" {
    enabled = param.norm_first
    epsilon = 0.00001
  }
}

block "decoder" {
  description = "Blocks of causal self-attention, and of attention to what an encoder gave."

  param "depth" {
    type    = number
    default = 6
  }
  param "heads" {
    type    = number
    default = 8
  }
  param "widening" {
    type        = number
    default     = 4
    description = "How many times as wide as the vectors the middle of a block is."
  }
  param "dropout" {
    type    = number
    default = 0.1
  }
  param "activation" {
    type    = string
    default = "relu"
  }
  param "norm_first" {
    type    = bool
    default = false
  }

  input "x" {}
  input "encoded" {}

  layer "transformer_decoder" "block" {
    count            = param.depth
    inputs           = [count.index == 0 ? input.x : previous, input.encoded]
    intermediate_dim = param.widening * input.x.shape[1]
    num_heads        = param.heads
    dropout          = param.dropout
    activation       = param.activation
    normalize_first  = param.norm_first
  }
  layer "layer_normalization" "norm" {
    enabled = param.norm_first
    epsilon = 0.00001
  }
}
