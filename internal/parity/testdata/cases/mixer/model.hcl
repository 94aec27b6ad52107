dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "image" {}
  target "y" {}
}

model "m" {
  input "image" {
    shape = [6, 6, 2]
  }
  layer "conv2d" "patches" {
    filters     = 6
    kernel_size = 2
    strides     = 2
  }
  layer "reshape" "tokens" {
    target_shape = [9, 6]
  }
  layer "layer_normalization" "ln1" {}
  layer "dense" "up" {
    units      = 9
    activation = "gelu"
  }
  layer "dense" "down" {
    units = 6
  }
  layer "add" "residual" {
    inputs = [layer.tokens, layer.down]
  }
  layer "layer_normalization" "ln2" {
    epsilon = 1e-06
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
  batch_size        = 4
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss "sparse_categorical_crossentropy" {}
  optimizer "adamw" {
    learning_rate = 0.005
    weight_decay  = 0.01
  }
}
