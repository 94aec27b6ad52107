dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "size" {}
}

model "m" {
  input "x" {
    shape = [4]
  }
  layer "dense" "h" {
    inputs     = [input.x]
    units      = 3
    activation = "tanh"
  }
  layer "dense" "a" {
    inputs = [layer.h]
    units  = 2
  }
  output "size" {
    value = layer.a
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
  metrics           = ["mae"]
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
