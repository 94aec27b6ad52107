import "lib" {
  source = "dlrun:deepfm"
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
  layer "lib.deepfm" "rate" {
    categories = 17
    factors    = 4
    units      = [16, 8]
    activation = "linear"
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "mean_squared_error"
}
