import "lib" {
  source = "dlrun:n_beats"
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
  layer "lib.n_beats" "forecast" {
    depth  = 3
    units  = 8
    layers = 2
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "mse"
}
