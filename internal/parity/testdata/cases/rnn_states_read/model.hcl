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
    units            = 4
    return_state     = true
    return_sequences = true
    go_backwards     = true
  }
  layer "flatten" "flat" {
    inputs = [layer.r.outputs[0]]
  }
  layer "concatenate" "all" {
    inputs = [layer.flat, layer.r.outputs[1], layer.r.outputs[2]]
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
  loss              = "mse"
  optimizer "sgd" {
    learning_rate = 0.2
    momentum      = 0.9
  }
}
