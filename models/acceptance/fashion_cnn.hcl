# Articles of clothing, 28 by 28 pixels: a small convolutional network, with images shifted and mirrored at random.

variable "data" {
  type        = string
  description = "A folder with the four files of Fashion-MNIST."
}

variable "seed" {
  type        = number
  default     = 0
  description = "Splits, first weights and the order of the rows follow from it."
}

dlrun {
  seed = var.seed
}

dataset "fashion" {
  source "idx" {
    train = "${var.data}/train-*-ubyte.gz"
    test  = "${var.data}/t10k-*-ubyte.gz"
  }

  feature "image" {
    column = "images"
    transform "rescaling" {
      scale = 1 / 255
    }
  }

  target "label" {
    column = "labels"
  }

  split {
    validation = 0.05
    stratify   = "label"
  }
}

model "cnn" {
  input "image" {
    shape = [28, 28, 1]
  }

  layer "conv2d" "conv" {
    for_each    = [32, 64]
    filters     = each.value
    kernel_size = [3, 3]
    activation  = "relu"
  }
  layer "max_pooling2d" "pool" {
    pool_size = [2, 2]
  }
  layer "dropout" "drop" {
    rate = 0.25
  }
  layer "flatten" "flat" {}
  layer "dense" "hidden" {
    units      = 128
    activation = "relu"
  }
  layer "dropout" "drop2" {
    rate = 0.5
  }
  layer "dense" "class" {
    units      = 10
    activation = "softmax"
  }
}

train "main" {
  model      = model.cnn
  data       = dataset.fashion
  loss       = "sparse_categorical_crossentropy"
  metrics    = ["accuracy"]
  epochs     = 6
  batch_size = 128

  optimizer "adam" {
    learning_rate "cosine_decay" {
      initial_learning_rate = 0.002
      decay_steps           = 6 * steps_per_epoch
    }
  }

  check "good enough" {
    condition     = metrics.test_accuracy >= 0.91
    error_message = "Test accuracy is ${metrics.test_accuracy}, below 0.91."
  }
}
