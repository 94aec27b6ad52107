import "lib" {
  source = "dlrun:inception_v3"
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
    size = 10
  }
  layer "lib.inception_v3" "inception_v3" {
    classes = 10
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"

  optimizer "sgd" {}
}
