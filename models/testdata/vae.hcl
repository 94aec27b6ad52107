import "lib" {
  source = "dlrun:vae"
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
  layer "rescaling" "values" {
    scale = 1 / 16
  }
  layer "lib.vae" "restore" {
    units  = 16
    latent = 3
  }
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
