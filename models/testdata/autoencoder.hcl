import "lib" {
  source = "dlrun:autoencoder"
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
  layer "lib.autoencoder" "restore" {
    units = [16, 4]
  }
  layer "dense" "digit" {
    inputs     = [layer.restore.outputs.restored]
    units      = 10
    activation = "softmax"
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
