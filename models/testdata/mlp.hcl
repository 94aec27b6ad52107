import "lib" {
  source = "dlrun:mlp"
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

  layer "flatten" "flat" {}
  layer "lib.hidden" "hidden" {
    units   = [12, 8]
    dropout = 0.1
  }
  layer "lib.step" "last" {
    units      = 10
    activation = "softmax"
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
