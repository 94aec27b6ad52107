# An encoder of short texts, its sizes awkward: 77 places, 4 post-LN blocks, width 240, 6 heads of 40, the approximate gelu, AdamW.

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

block "encoder" {
  input "x" {}

  layer "multi_head_attention" "attention" {
    num_heads = 6
    key_dim   = 40
  }
  layer "add" "residual1" {
    inputs = [input.x, layer.attention]
  }
  layer "layer_normalization" "norm1" {}
  layer "dense" "expand" {
    units = 960
    activation "gelu" {
      approximate = true
    }
  }
  layer "dense" "contract" {
    units = 240
  }
  layer "add" "residual2" {
    inputs = [layer.norm1, layer.contract]
  }
  layer "layer_normalization" "norm2" {}
}

model "encoder_of_texts" {
  input "x" {
    shape = [77, 240]
  }

  layer "encoder" "block" {
    count = 4
  }
  layer "global_average_pooling1d" "pool" {}
  layer "dense" "class" {
    units = 10
  }
}

train "main" {
  model             = model.encoder_of_texts
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
