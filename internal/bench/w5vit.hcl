# What a vision transformer does with its 196 patches and the class: 4 pre-LN blocks, width 192, 3 heads, AdamW.

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

  layer "layer_normalization" "norm1" {}
  layer "multi_head_attention" "attention" {
    num_heads = 3
    key_dim   = 64
  }
  layer "add" "residual1" {
    inputs = [input.x, layer.attention]
  }
  layer "layer_normalization" "norm2" {}
  layer "dense" "expand" {
    units      = 768
    activation = "gelu"
  }
  layer "dense" "contract" {
    units = 192
  }
  layer "add" "residual2" {
    inputs = [layer.residual1, layer.contract]
  }
}

model "vit" {
  input "x" {
    shape = [197, 192]
  }

  layer "encoder" "block" {
    count = 4
  }
  layer "layer_normalization" "norm" {}
  layer "global_average_pooling1d" "pool" {}
  layer "dense" "class" {
    units = 10
  }
}

train "main" {
  model             = model.vit
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
