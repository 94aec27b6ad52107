dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "a" {}
  feature "b" {}
  target "y" {}
}

model "m" {
  input "a" {
    shape = []
  }
  input "b" {
    shape = [3]
  }
  layer "flatten" "fa" {
    inputs = [input.a]
  }
  layer "flatten" "fb" {
    inputs = [input.b]
  }
  layer "concatenate" "c" {
    inputs = [layer.fa, layer.fb]
  }
  layer "dense" "h" {
    units      = 5
    activation = "tanh"
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
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
