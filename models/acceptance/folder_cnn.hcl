# A folder of grey pictures with a folder for each class, turned, shifted and erased at random.

variable "data" {
  type        = string
  description = "The folder; its folders are the classes."
}

variable "seed" {
  type        = number
  default     = 0
  description = "Splits, first weights and the order of the rows follow from it."
}

dlrun {
  seed = var.seed
}

dataset "pictures" {
  source "image_folder" {
    path       = var.data
    color_mode = "grayscale"
    image_size = [28, 28]
  }

  feature "image" {
    transform "rescaling" {
      scale = 1 / 255
    }
    augment "random_flip" {
      mode = "horizontal"
    }
    augment "random_translation" {
      height_factor = 0.05
      width_factor  = 0.05
      fill_mode     = "constant"
    }
    augment "random_erasing" {
      factor      = 0.3
      scale       = [0.02, 0.15]
      value_range = [0, 1]
    }
  }

  target "label" {}

  split {
    validation = 0.1
    test       = 0.2
    stratify   = "label"
  }
}

model "cnn" {
  input "image" {
    shape = [28, 28, 1]
  }

  layer "conv2d" "conv1" {
    filters     = 16
    kernel_size = [3, 3]
    activation  = "relu"
  }
  layer "max_pooling2d" "pool1" {
    pool_size = [2, 2]
  }
  layer "conv2d" "conv2" {
    filters     = 32
    kernel_size = [3, 3]
    activation  = "relu"
  }
  layer "max_pooling2d" "pool2" {
    pool_size = [2, 2]
  }
  layer "flatten" "flat" {}
  layer "dense" "hidden" {
    units      = 64
    activation = "relu"
  }
  layer "dense" "class" {
    units      = num_classes(dataset.pictures, "label")
    activation = "softmax"
  }
}

train "main" {
  model      = model.cnn
  data       = dataset.pictures
  loss       = "sparse_categorical_crossentropy"
  metrics    = ["accuracy"]
  epochs     = 20
  batch_size = 64

  optimizer "adam" {
    learning_rate = 0.002
  }

  check "good enough" {
    condition     = metrics.test_accuracy >= 0.85
    error_message = "Test accuracy is ${metrics.test_accuracy}, below 0.85."
  }
}
