# Convolutions over the words of a sentence: Kim, "Convolutional neural networks for sentence classification" (2014),
# arXiv:1408.5882. Without its embedding the paper's network has 360,902 weights for two classes.

block "text_cnn" {
  description = "Classifies a sequence of token numbers, at least as long as the widest kernel."

  param "vocabulary_size" {
    type = number
  }
  param "embedding_dim" {
    type    = number
    default = 300
  }
  param "kernel_sizes" {
    type        = list(number)
    default     = [3, 4, 5]
    description = "Words that each kind of feature sees."
  }
  param "filters" {
    type        = number
    default     = 100
    description = "Features of each kind."
  }
  param "dropout" {
    type    = number
    default = 0.5
  }
  param "classes" {
    type    = number
    default = 2
  }
  param "activation" {
    type        = string
    default     = "softmax"
    description = "Of the last layer."
  }

  layer "embedding" "words" {
    input_dim  = param.vocabulary_size
    output_dim = param.embedding_dim
  }
  layer "feature" "feature" {
    for_each    = param.kernel_sizes
    inputs      = [layer.words]
    kernel_size = each.value
    filters     = param.filters
  }
  layer "concatenate" "features" {
    inputs = layer.feature
  }
  layer "dropout" "dropout" {
    enabled = param.dropout > 0
    rate    = param.dropout
  }
  layer "dense" "class" {
    units      = param.classes
    activation = param.activation

    kernel_constraint "max_norm" {
      max_value = 3
    }
  }
}

block "feature" {
  description = "A convolution over words in a row, and its strongest answer."

  param "kernel_size" {
    type = number
  }
  param "filters" {
    type = number
  }

  layer "conv1d" "conv" {
    filters     = param.filters
    kernel_size = param.kernel_size
    activation  = "relu"
  }
  layer "global_max_pooling1d" "strongest" {}
}
