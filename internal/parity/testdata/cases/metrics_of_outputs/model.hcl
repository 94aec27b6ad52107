dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
    test       = "test.npz"
  }
  feature "x" {}
  target "kind" {}
  target "size" {}
}

model "m" {
  input "x" {
    shape = [4]
  }
  layer "dense" "h" {
    inputs     = [input.x]
    units      = 5
    activation = "tanh"
    activity_regularizer "l1" {
      l1 = 0.02
    }
  }
  layer "dense" "a" {
    inputs     = [layer.h]
    units      = 3
    activation = "softmax"
  }
  layer "dense" "b" {
    inputs = [layer.h]
    units  = 1
  }
  output "kind" {
    value = layer.a
  }
  output "size" {
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
  loss_weights = {
    kind = 0.4
    size = 1.5
  }
  loss = {
    kind = "sparse_categorical_crossentropy"
    size = "mse"
  }
  metrics = {
    kind = ["accuracy"]
    size = ["mae", "mse"]
  }
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
