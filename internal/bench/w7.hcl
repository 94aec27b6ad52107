# Images of 32x32x3 bytes: padded by 4, cropped, flipped, normalised. The model is small: what is measured is the data.

variable "batch" {
  type    = number
  default = 128
}

dataset "images" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {
    transform "rescaling" {
      scale = 1 / 255
    }
    augment "random_crop" {
      height  = 32
      width   = 32
      padding = 4
    }
    augment "random_flip" {
      mode = "horizontal"
    }
    transform "normalization" {
      mean     = [0.4914, 0.4822, 0.4465]
      variance = [0.061009, 0.05929225, 0.06843456]
    }
  }
  target "y" {}
}

model "linear" {
  input "x" {
    shape = [32, 32, 3]
  }
  layer "flatten" "flat" {}
  layer "dense" "out" {
    units      = 10
    activation = "softmax"
  }
}

train "main" {
  model      = model.linear
  data       = dataset.images
  loss       = "sparse_categorical_crossentropy"
  batch_size = var.batch
  epochs     = 1
}
