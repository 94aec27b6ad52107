dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "image" {}
  target "y" {}
}

model "m" {
  input "image" {
    shape = [8, 8, 3]
  }
  layer "conv2d" "conv0" {
    filters            = 4
    kernel_size        = 3
    padding            = "same"
    use_bias           = false
    kernel_initializer = "he_normal"
  }
  layer "batch_normalization" "bn0" {}
  layer "relu" "relu0" {
    max_value = 6.0
  }
  layer "max_pooling2d" "pool0" {}
  layer "dropout" "drop0" {
    rate = 0
  }
  layer "conv2d" "conv1" {
    filters            = 6
    kernel_size        = 3
    padding            = "same"
    use_bias           = false
    kernel_initializer = "he_normal"
  }
  layer "batch_normalization" "bn1" {}
  layer "relu" "relu1" {
    max_value = 6.0
  }
  layer "max_pooling2d" "pool1" {}
  layer "dropout" "drop1" {
    rate = 0
  }
  layer "flatten" "flat" {}
  layer "dense" "fc" {
    units      = 8
    activation = "relu"
    kernel_regularizer "l2" {
      l2 = 0.001
    }
  }
  layer "dense" "head" {
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
  optimizer "adam" {
    learning_rate = 0.003
  }
}
