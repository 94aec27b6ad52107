# Convolutions of three dimensions, the mean over all places, a dense layer, Adam. The numbers' defaults are in layer.go.

variable "size" {
  type = number
}

variable "channels" {
  type = number
}

variable "filters" {
  type = number
}

variable "kernel" {
  type = number
}

variable "strides" {
  type = number
}

variable "layers" {
  type = number
}

variable "batch" {
  type    = number
  default = 32
}

dataset "random" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "layers" {
  input "x" {
    shape = [var.size, var.size, var.size, var.channels]
  }

  layer "conv3d" "layer" {
    count       = var.layers
    filters     = var.filters
    kernel_size = var.kernel
    strides     = var.strides
    padding     = "same"
    activation  = "relu"
  }
  layer "global_average_pooling3d" "pool" {}
  layer "dense" "class" {
    units = 10
  }
}

train "main" {
  model             = model.layers
  data              = dataset.random
  epochs            = 3
  batch_size        = var.batch
  shuffle           = false
  log_every_n_steps = 1

  loss "sparse_categorical_crossentropy" {
    from_logits = true
  }

  optimizer "adam" {
    learning_rate = 0.001
  }
}
