import "lib" {
  source = "dlrun:gpt"
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

  layer "reshape" "sequence" {
    target_shape = [64]
  }
  layer "lib.gpt" "write" {
    vocabulary_size = 17
    sequence_length = 64
    width           = 8
    heads           = 2
    depth           = 2
  }
  layer "global_average_pooling1d" "whole" {}
  layer "dense" "digit" {
    units      = 10
    activation = "softmax"
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
