import "lib" {
  source = "dlrun:unet"
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
    size = 2
  }
  layer "lib.unet" "pixels" {
    filters = 2
    classes = 10
    dropout = 0.1
  }
  layer "global_average_pooling2d" "whole" {}
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
