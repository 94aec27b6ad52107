import "lib" {
  source = "dlrun:convnext"
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
  layer "lib.convnext" "convnext" {
    stages      = [1, 1]
    filters     = 8
    layer_scale = 0.1
    drop_path   = 0.1
    classes     = 10
    activation  = "softmax"
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
