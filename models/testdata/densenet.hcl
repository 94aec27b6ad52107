import "lib" {
  source = "dlrun:densenet"
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
  layer "lib.densenet" "densenet" {
    stages      = [1, 2]
    growth_rate = 4
    classes     = 10
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
