import "lib" {
  source = "dlrun:bilstm"
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
  layer "lib.bilstm" "read" {
    vocabulary_size = 17
    embedding_dim   = 8
    units           = [4, 3]
    dropout         = 0.1
    classes         = 10
    activation      = "softmax"
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
