dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 4]
  }
  layer "dense" "a" {
    units = 5
    activation "relu" {
      negative_slope = 0.1
      max_value      = 1.5
      threshold      = 0.25
    }
  }
  layer "dense" "b" {
    units = 4
  }
  layer "rescaling" "wide" {
    scale = 2.0
  }
  layer "activation" "act" {
    activation "relu" {
      negative_slope = 0.1
      max_value      = 1.5
      threshold      = 0.25
    }
  }
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
  loss              = "mse"
  optimizer "sgd" {
    learning_rate = 0.02
  }
}
