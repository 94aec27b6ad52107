dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [6, 5, 3]
  }
  layer "conv2d" "c" {
    filters     = 3
    kernel_size = 1
    activation  = "sigmoid"
  }
  layer "lambda" "z" {
    function = ops::image::rgb_to_hsv(ops::image::resize(previous, [4, 7], { antialias = true }))
  }
  layer "flatten" "f" {}
  layer "dense" "head" {
    units = 2
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
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.02
  }
}
