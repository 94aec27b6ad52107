import "lib" {
  source = "dlrun:vit"
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

  layer "lib.vit" "look" {
    patch_size = 4
    width      = 8
    heads      = 2
    depth      = 2
    classes    = 10
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
