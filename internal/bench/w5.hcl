# A small GPT: 4 pre-LN blocks, width 128, 4 heads, AdamW.

variable "batch" {
  type    = number
  default = 16
}

dataset "random" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

block "decoder" {
  input "x" {}

  layer "layer_normalization" "norm1" {}
  layer "multi_head_attention" "attention" {
    num_heads       = 4
    key_dim         = 32
    use_causal_mask = true
  }
  layer "add" "residual1" {
    inputs = [input.x, layer.attention]
  }
  layer "layer_normalization" "norm2" {}
  layer "dense" "expand" {
    units      = 512
    activation = "gelu"
  }
  layer "dense" "contract" {
    units = 128
  }
  layer "add" "residual2" {
    inputs = [layer.residual1, layer.contract]
  }
}

model "gpt" {
  input "x" {
    shape = [128]
    dtype = "int32"
  }

  layer "token_and_position_embedding" "embed" {
    vocabulary_size = 256
    sequence_length = 128
    embedding_dim   = 128
  }
  layer "decoder" "block" {
    count = 4
  }
  layer "layer_normalization" "norm" {}
  layer "dense" "next" {
    units = 256
  }
}

train "main" {
  model             = model.gpt
  data              = dataset.random
  epochs            = 3
  batch_size        = var.batch
  shuffle           = false
  log_every_n_steps = 1

  loss "sparse_categorical_crossentropy" {
    from_logits = true
  }

  optimizer "adamw" {
    learning_rate = 0.001
  }
}
