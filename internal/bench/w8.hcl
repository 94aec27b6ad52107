# An epoch of w1 on images of bytes.

variable "batch" {
  type    = number
  default = 128
}

dataset "random" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {
    transform "rescaling" {
      scale = 1 / 255
    }
  }
  target "y" {}
}

model "mlp" {
  input "x" {
    shape = [784]
  }

  layer "dense" "hidden1" {
    units      = 512
    activation = "relu"
  }
  layer "dropout" "drop1" {
    rate = 0.2
  }
  layer "dense" "hidden2" {
    units      = 512
    activation = "relu"
  }
  layer "dropout" "drop2" {
    rate = 0.2
  }
  layer "dense" "class" {
    units = 10
  }
}

train "main" {
  model      = model.mlp
  data       = dataset.random
  epochs     = 1
  batch_size = var.batch

  loss "sparse_categorical_crossentropy" {
    from_logits = true
  }

  optimizer "adam" {
    learning_rate = 0.001
  }
}
