dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [37, 2]
  }
  layer "lstm" "r" {
    units            = 6
    return_sequences = true
  }
  layer "gru" "s" {
    units = 5
  }
  layer "dense" "head" {
    units = 2
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 1
  batch_size        = 3
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mse"
  optimizer "sgd" {
    learning_rate = 0.2
    momentum      = 0.9
  }
}
