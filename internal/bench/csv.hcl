# A table of a million rows, standardised. The model is small: what is measured is the data.

variable "batch" {
  type    = number
  default = 1024
}

dataset "table" {
  source "csv" {
    path = "data.csv"
  }
  feature "x" {
    columns = [for i in range(28) : "f${i}"]
    transform "normalization" {}
  }
  target "label" {}
}

model "linear" {
  input "x" {
    shape = [28]
  }
  layer "dense" "out" {
    units      = 1
    activation = "sigmoid"
  }
}

train "main" {
  model      = model.linear
  data       = dataset.table
  loss       = "binary_crossentropy"
  batch_size = var.batch
  epochs     = 1
}
