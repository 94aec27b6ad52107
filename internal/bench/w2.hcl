# The small convolutional network of the Keras CIFAR-10 tutorial, Adam.

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

model "cnn" {
  input "x" {
    shape = [32, 32, 3]
  }

  layer "conv2d" "conv1" {
    filters     = 32
    kernel_size = 3
    activation  = "relu"
  }
  layer "max_pooling2d" "pool1" {}
  layer "conv2d" "conv2" {
    filters     = 64
    kernel_size = 3
    activation  = "relu"
  }
  layer "max_pooling2d" "pool2" {}
  layer "flatten" "flat" {}
  layer "dense" "hidden" {
    units      = 128
    activation = "relu"
  }
  layer "dense" "class" {
    units = 10
  }
}

train "main" {
  model             = model.cnn
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
