dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

block "conv_bn" {
  param "filters" {
    type = number
  }
  param "kernel_size" {
    type    = number
    default = 3
  }
  param "strides" {
    type    = number
    default = 1
  }
  param "activation" {
    type    = string
    default = "relu"
  }

  layer "conv2d" "conv" {
    filters     = param.filters
    kernel_size = param.kernel_size
    strides     = param.strides
    padding     = "same"
    use_bias    = false

    kernel_regularizer "l2" {
      l2 = 0.001
    }
  }
  layer "batch_normalization" "bn" {
    momentum = 0.9
  }
  layer "activation" "act" {
    activation = param.activation
  }
}

block "residual" {
  param "filters" {
    type = number
  }
  param "strides" {
    type    = number
    default = 1
  }

  input "x" {}

  layer "conv_bn" "first" {
    filters = param.filters
    strides = param.strides
  }
  layer "conv_bn" "second" {
    filters    = param.filters
    activation = "linear"
  }
  layer "conv_bn" "shortcut" {
    enabled     = param.strides != 1 || input.x.shape[2] != param.filters
    inputs      = [input.x]
    filters     = param.filters
    kernel_size = 1
    strides     = param.strides
    activation  = "linear"
  }
  layer "add" "sum" {
    inputs = [layer.second, layer.shortcut]
  }
  layer "activation" "act" {
    activation = "relu"
  }
}

model "m" {
  input "x" {
    shape = [8, 8, 3]
  }
  layer "conv_bn" "stem" {
    filters = 4
  }
  layer "residual" "stage1" {
    count   = 2
    filters = 4
  }
  layer "residual" "stage2" {
    for_each = [2, 1]
    filters  = 6
    strides  = each.value
  }
  layer "global_average_pooling2d" "pool" {}
  layer "dense" "class" {
    units      = 4
    activation = "softmax"
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 5
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  metrics           = ["accuracy"]
  optimizer "sgd" {
    learning_rate = 0.05
    momentum      = 0.9
  }
}
