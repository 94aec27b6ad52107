import "lib" {
  source = "dlrun:nasnet"
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
  layer "lib.nasnet" "nasnet" {
    blocks              = 2
    penultimate_filters = 192
    stem_filters        = 8
    skip_reduction      = true
    classes             = 10
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
