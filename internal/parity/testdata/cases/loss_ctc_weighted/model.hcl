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
    shape = [9, 3]
  }
  layer "conv1d" "c" {
    filters     = 5
    kernel_size = 3
    padding     = "same"
    activation  = "tanh"
  }
  layer "dense" "head" {
    units = 6
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
  loss "ctc" {
    reduction = "mean_with_sample_weight"
  }
  optimizer "adam" {
    learning_rate = 0.01
  }
}
