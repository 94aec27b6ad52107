dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [6]
    dtype = "int32"
  }
  layer "embedding" "e" {
    input_dim  = 5
    output_dim = 4
    mask_zero  = true
  }
  layer "layer_normalization" "ln" {}
  layer "dropout" "drop" {
    rate = 0
  }
  layer "dense" "d" {
    units = 4
  }
  layer "batch_normalization" "bn" {
    momentum = 0.8
  }
  layer "activation" "act" {
    activation = "relu"
  }
  layer "add" "sum" {
    inputs = [layer.ln, layer.act]
  }
  layer "concatenate" "join" {
    inputs = [layer.sum, layer.d]
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
  metrics           = ["mae"]
  optimizer "sgd" {
    learning_rate = 0.05
  }
}
