# A small network on 28 numbers, Adam.

variable "batch" {
  type    = number
  default = 1024
}

dataset "random" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "mlp" {
  input "x" {
    shape = [28]
  }

  layer "dense" "hidden" {
    for_each   = [256, 256]
    units      = each.value
    activation = "relu"
  }
  layer "dense" "out" {
    units      = 1
    activation = "sigmoid"
  }
}

train "main" {
  model             = model.mlp
  data              = dataset.random
  epochs            = 3
  batch_size        = var.batch
  shuffle           = false
  log_every_n_steps = 1
  loss              = "binary_crossentropy"

  optimizer "adam" {
    learning_rate = 0.001
  }
}
