# GPT-2: Radford, Wu, Child, Luan, Amodei and Sutskever, "Language models are unsupervised multitask learners" (2019).
# The smallest has 124,439,808 weights, the others 354,823,168, 774,030,080 and 1,557,611,200.

block "gpt" {
  description = "Scores, for every place of a sequence of tokens, the token that comes next."

  param "vocabulary_size" {
    type    = number
    default = 50257
  }
  param "sequence_length" {
    type    = number
    default = 1024
  }
  param "width" {
    type        = number
    default     = 768
    description = "768, 1024, 1280 and 1600 in the paper."
  }
  param "depth" {
    type        = number
    default     = 12
    description = "Blocks: 12, 24, 36 and 48 in the paper."
  }
  param "heads" {
    type        = number
    default     = 12
    description = "12, 16, 20 and 25 in the paper."
  }
  param "dropout" {
    type    = number
    default = 0.1
  }

  layer "lambda" "ids" {
    function = ops::cast(previous, "int32")
  }
  layer "reversible_embedding" "tokens" {
    input_dim  = param.vocabulary_size
    output_dim = param.width

    embeddings_initializer "random_normal" {
      stddev = 0.02
    }
  }
  layer "position_embedding" "places" {
    sequence_length = param.sequence_length

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
  layer "gpt_block" "block" {
    count   = param.depth
    heads   = param.heads
    dropout = param.dropout
  }
  layer "layer_normalization" "norm" {
    epsilon = 0.00001
  }
  layer "shared" "scores" {
    reuse = layer.tokens
  }
}

block "gpt_block" {
  description = "Causal self-attention and two dense layers, each normalized before and added to what came in."

  param "heads" {
    type = number
  }
  param "dropout" {
    type    = number
    default = 0
  }

  input "x" {}

  layer "layer_normalization" "norm1" {
    epsilon = 0.00001
  }
  layer "multi_head_attention" "attention" {
    num_heads       = param.heads
    key_dim         = input.x.shape[1] / param.heads
    dropout         = param.dropout
    use_causal_mask = true
  }
  layer "dropout" "dropout1" {
    enabled = param.dropout > 0
    rate    = param.dropout
  }
  layer "add" "sum1" {
    inputs = [input.x, layer.dropout1]
  }
  layer "layer_normalization" "norm2" {
    epsilon = 0.00001
  }
  layer "dense" "expand" {
    units = 4 * input.x.shape[1]

    activation "gelu" {
      approximate = true
    }
  }
  layer "dense" "contract" {
    units = input.x.shape[1]
  }
  layer "dropout" "dropout2" {
    enabled = param.dropout > 0
    rate    = param.dropout
  }
  layer "add" "sum2" {
    inputs = [layer.sum1, layer.dropout2]
  }
}
