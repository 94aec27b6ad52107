import "lib" {
  source = "dlrun:text_cnn"
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
  layer "lib.text_cnn" "read" {
    vocabulary_size = 17
    embedding_dim   = 8
    filters         = 4
    classes         = 10
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
