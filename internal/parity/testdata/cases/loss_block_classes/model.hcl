dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

block "focal" {
  input "y_true" {}

  input "y_pred" {}

  layer "lambda" "p" {
    function = ops::sum(ops::one_hot(ops::cast(input.y_true, "int32"), 4) * input.y_pred, { axis = -1 })
  }

  layer "lambda" "value" {
    function = -ops::power(1 - layer.p, 2) * ops::log(layer.p + 0.001)
  }
}

model "m" {
  input "x" {
    shape = [5]
  }
  layer "dense" "a" {
    units      = 6
    activation = "tanh"
  }
  layer "dense" "head" {
    units      = 4
    activation = "softmax"
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
  loss "focal" {}
  metrics = ["accuracy"]
  optimizer "sgd" {
    learning_rate = 0.1
    momentum      = 0.9
  }
}
