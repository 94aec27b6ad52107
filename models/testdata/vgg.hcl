import "lib" {
  source = "dlrun:vgg"
}

dataset "digits" {
  source "digits" {}

  feature "image" {}
  target "label" {}
}

model "m" {
  input "image" {
    shape = [8, 8, 1]
  }

  layer "up_sampling2d" "large" {
    size = 4
  }
  layer "lib.vgg" "vgg" {
    stages  = [1, 2]
    filters = 4
    units   = 8
    classes = 10
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
