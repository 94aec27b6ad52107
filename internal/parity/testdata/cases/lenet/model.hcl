dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "image" {}
  target "y" {}
}

model "m" {
  input "image" {
    shape = [14, 14, 1]
  }
  layer "rescaling" "scale" {
    scale = 0.00392156862745098
  }
  layer "conv2d" "c1" {
    filters     = 4
    kernel_size = 5
    padding     = "same"
    activation  = "tanh"
  }
  layer "average_pooling2d" "s2" {
    pool_size = 2
  }
  layer "conv2d" "c3" {
    filters     = 6
    kernel_size = 5
    activation  = "tanh"
  }
  layer "average_pooling2d" "s4" {
    pool_size = 2
    padding   = "same"
  }
  layer "flatten" "flat" {}
  layer "dense" "f5" {
    units      = 12
    activation = "tanh"
  }
  layer "dense" "f6" {
    units      = 8
    activation = "tanh"
  }
  layer "dense" "head" {
    units      = 10
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
    nesterov      = true
  }
}
