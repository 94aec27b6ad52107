# Bidirectional LSTMs over words, after Graves and Schmidhuber, "Framewise phoneme classification with bidirectional LSTM" (2005).
# The defaults are those of Keras' example of reviews: 2,757,761 weights.

block "bilstm" {
  description = "Classifies a sequence of token numbers, read forwards and backwards."

  param "vocabulary_size" {
    type    = number
    default = 20000
  }
  param "embedding_dim" {
    type    = number
    default = 128
  }
  param "units" {
    type        = list(number)
    default     = [64, 64]
    description = "Of each bidirectional layer, in one direction."
  }
  param "dropout" {
    type    = number
    default = 0
  }
  param "mask_zero" {
    type        = bool
    default     = false
    description = "Whether token 0 is padding, to be passed over."
  }
  param "classes" {
    type    = number
    default = 1
  }
  param "activation" {
    type        = string
    default     = "sigmoid"
    description = "Of the last layer."
  }

  layer "embedding" "words" {
    input_dim  = param.vocabulary_size
    output_dim = param.embedding_dim
    mask_zero  = param.mask_zero
  }
  layer "bidirectional" "read" {
    for_each = param.units

    layer "lstm" "lstm" {
      units            = each.value
      return_sequences = each.key < length(param.units) - 1
    }
  }
  layer "dropout" "dropout" {
    enabled = param.dropout > 0
    rate    = param.dropout
  }
  layer "dense" "class" {
    units      = param.classes
    activation = param.activation
  }
}
