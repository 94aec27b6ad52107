dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4, 4, 2]
  }
  layer "dense" "before" {
    units      = 2
    activation = "tanh"
  }
  layer "separable_conv2d" "conv" {
    filters     = 3
    kernel_size = 2
    depthwise_regularizer "l2" {
      l2 = 0.03
    }
    pointwise_regularizer "l2" {
      l2 = 0.01
    }
    depthwise_constraint "max_norm" {
      max_value = 0.5
      axis      = [0, 1]
    }
    pointwise_constraint = "non_neg"
  }
  layer "flatten" "flat" {}
  layer "dense" "head" {
    units      = 3
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
  optimizer "sgd" {
    learning_rate = 0.1
    momentum      = 0.9
  }
}
