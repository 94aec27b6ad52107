# LeNet-5: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998).
# With every map of the second convolution connected: 61,706 weights for 32x32x1 (28x28 with padding = "same") and 10 classes.

block "lenet5" {
  description = "Two convolutions and three dense layers for small images of one or more channels."

  param "classes" {
    type    = number
    default = 10
  }
  param "padding" {
    type        = string
    default     = "valid"
    description = "Of the first convolution: \"same\" for images of 28x28."
  }
  param "activation" {
    type        = string
    default     = "softmax"
    description = "Of the last layer."
  }

  layer "conv2d" "c1" {
    filters     = 6
    kernel_size = 5
    padding     = param.padding
    activation  = "tanh"
  }
  layer "average_pooling2d" "s2" {}
  layer "conv2d" "c3" {
    filters     = 16
    kernel_size = 5
    activation  = "tanh"
  }
  layer "average_pooling2d" "s4" {}
  layer "flatten" "flat" {}
  layer "dense" "c5" {
    units      = 120
    activation = "tanh"
  }
  layer "dense" "f6" {
    units      = 84
    activation = "tanh"
  }
  layer "dense" "output" {
    units      = param.classes
    activation = param.activation
  }
}
