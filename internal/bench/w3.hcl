# ResNet-20 (He et al. 2015), SGD with momentum.

import "resnet" {
  source = "dlrun:resnet"
}

variable "batch" {
  type    = number
  default = 128
}

dataset "random" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "resnet20" {
  input "x" {
    shape = [32, 32, 3]
  }

  layer "resnet.conv_bn" "stem" {
    filters = 16
  }
  layer "resnet.stage" "stage" {
    for_each = [16, 32, 64]
    filters  = each.value
    strides  = each.key == 0 ? 1 : 2
    depth    = 3
  }
  layer "global_average_pooling2d" "pool" {}
  layer "dense" "class" {
    units = 10
  }
}

train "main" {
  model             = model.resnet20
  data              = dataset.random
  epochs            = 3
  batch_size        = var.batch
  shuffle           = false
  log_every_n_steps = 1

  loss "sparse_categorical_crossentropy" {
    from_logits = true
  }

  optimizer "sgd" {
    learning_rate = 0.1
    momentum      = 0.9
  }
}
