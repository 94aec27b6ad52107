import "lib" {
  source = "dlrun:resnet"
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
  layer "lib.resnet" "resnet" {
    inputs  = [layer.large]
    stages  = [1, 2]
    filters = 4
    classes = 10
  }
  layer "lib.resnet_basic" "resnet_basic" {
    inputs  = [layer.large]
    stages  = [1, 1]
    filters = 4
    classes = 10
  }
  layer "lib.resnet_cifar" "resnet_cifar" {
    inputs  = [layer.large]
    depth   = 8
    filters = 4
  }
  layer "average" "mean" {
    inputs = [layer.resnet, layer.resnet_basic, layer.resnet_cifar]
  }
}

train "main" {
  model = model.m
  data  = dataset.digits
  loss  = "sparse_categorical_crossentropy"
}
