dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4, 4, 2]
  }
  layer "conv2d" "conv" {
    filters     = 3
    kernel_size = 2
    activation  = "relu"
    activity_regularizer "l1" {
      l1 = 0.01
    }
  }
  layer "flatten" "flat" {
    activity_regularizer "l2" {
      l2 = 0.01
    }
  }
  layer "dense" "d" {
    units = 4
    activity_regularizer "l1_l2" {
      l1 = 0.02
      l2 = 0.01
    }
  }
  layer "activation" "act" {
    activation = "tanh"
    activity_regularizer "l2" {
      l2 = 0.05
    }
  }
  layer "dense" "head" {
    units      = 3
    activation = "softmax"
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 6
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  metrics           = ["accuracy"]
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
