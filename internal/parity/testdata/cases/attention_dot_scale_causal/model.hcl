dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "q" {}
  feature "v" {}
  feature "k" {}
  target "y" {}
}

model "m" {
  input "q" {
    shape = [5, 4]
  }
  input "v" {
    shape = [6, 3]
  }
  input "k" {
    shape = [6, 4]
  }
  layer "dense" "dq" {
    inputs = [input.q]
    units  = 4
  }
  layer "dense" "dv" {
    inputs = [input.v]
    units  = 3
  }
  layer "dense" "dk" {
    inputs = [input.k]
    units  = 4
  }
  layer "attention" "a" {
    inputs          = [layer.dq, layer.dv, layer.dk]
    use_scale       = true
    use_causal_mask = true
  }
  layer "dense" "head" {
    units = 3
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
    momentum      = 0.5
  }
}
