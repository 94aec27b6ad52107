import "lib" {
  source = "dlrun:lenet"
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
  layer "lib.lenet5" "lenet5" {}
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
