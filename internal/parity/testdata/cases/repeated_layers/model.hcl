dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5]
  }
  layer "dense" "hidden" {
    for_each   = [6, 4]
    units      = each.value
    activation = each.key == 0 ? "relu" : "tanh"
  }
  layer "dense" "branch" {
    for_each = toset(["b", "a"])
    inputs   = [layer.hidden]
    units    = 3
  }
  layer "concatenate" "join" {
    inputs = values(layer.branch)
  }
  layer "dense" "deep" {
    count  = 2
    inputs = [previous]
    units  = 6
  }
  layer "add" "sum" {
    inputs = [layer.deep, layer.hidden[0]]
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
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
