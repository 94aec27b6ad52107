dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
  weight {
    column = "w"
  }
}

model "m" {
  input "x" {
    shape = [4, 6, 2]
  }
  layer "conv2d" "head" {
    filters     = 3
    kernel_size = 3
    padding     = "same"
    activation  = "softmax"
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
  loss              = "sparse_categorical_crossentropy"
  weighted_metrics  = ["accuracy"]
  optimizer "adam" {
    learning_rate = 0.01
  }
}
