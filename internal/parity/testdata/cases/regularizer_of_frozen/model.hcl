dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4]
  }
  layer "dense" "a" {
    trainable  = false
    units      = 5
    activation = "tanh"
    kernel_regularizer "l2" {
      l2 = 0.3
    }
    activity_regularizer "l1" {
      l1 = 0.05
    }
  }
  layer "dense" "b" {
    units      = 4
    activation = "tanh"
    kernel_regularizer "l2" {
      l2 = 0.1
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
  batch_size        = 8
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
