dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "end" {}
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
  layer "dense" "b" {
    inputs             = [layer.h]
    units              = 2
    kernel_regularizer = "l2"
  }
  output "end" {
    value = layer.a
  }
  output "free" {
    value = layer.b
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
  loss = {
    end = "mse"
  }
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
