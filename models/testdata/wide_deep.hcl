import "lib" {
  source = "dlrun:wide_deep"
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
  layer "lib.wide_deep" "rate" {
    inputs     = [layer.sequence, layer.sequence]
    units      = [16, 8]
    dropout    = 0.1
    outputs    = 10
    activation = "softmax"
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
