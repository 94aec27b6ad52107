dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
  }
  feature "x" {}
  target "y" {}
  weight {
    column = "w"
  }
}

model "m" {
  input "x" {
    shape = [4, 5, 2]
  }
  layer "conv2d" "conv" {
    filters     = 3
    kernel_size = 3
    padding     = "same"
    activation  = "relu"
  }
  layer "conv2d" "head" {
    filters     = 2
    kernel_size = 1
    activation  = "sigmoid"
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
  loss "dice" {
    axis = [1, 2, 3]
  }
  metrics = ["mae"]
  optimizer "sgd" {
    learning_rate = 0.5
  }
}
