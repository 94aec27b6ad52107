dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5, 3]
  }
  layer "lstm" "r" {
    units        = 4
    return_state = true
    activity_regularizer "l2" {
      l2 = 0.05
    }
  }
  layer "concatenate" "both" {
    inputs = [layer.r.outputs[0], layer.r.outputs[2]]
  }
  layer "dense" "head" {
    units = 2
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 5
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
