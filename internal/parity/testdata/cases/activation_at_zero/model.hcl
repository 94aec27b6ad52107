dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4]
  }
  layer "dense" "celu" {
    inputs     = [input.x]
    units      = 2
    activation = "celu"
  }
  layer "dense" "elu" {
    inputs     = [input.x]
    units      = 2
    activation = "elu"
  }
  layer "dense" "gelu" {
    inputs     = [input.x]
    units      = 2
    activation = "gelu"
  }
  layer "dense" "hard_silu" {
    inputs     = [input.x]
    units      = 2
    activation = "hard_silu"
  }
  layer "dense" "hard_tanh" {
    inputs     = [input.x]
    units      = 2
    activation = "hard_tanh"
  }
  layer "dense" "leaky_relu" {
    inputs     = [input.x]
    units      = 2
    activation = "leaky_relu"
  }
  layer "dense" "mish" {
    inputs     = [input.x]
    units      = 2
    activation = "mish"
  }
  layer "dense" "relu" {
    inputs     = [input.x]
    units      = 2
    activation = "relu"
  }
  layer "dense" "relu6" {
    inputs     = [input.x]
    units      = 2
    activation = "relu6"
  }
  layer "dense" "selu" {
    inputs     = [input.x]
    units      = 2
    activation = "selu"
  }
  layer "dense" "silu" {
    inputs     = [input.x]
    units      = 2
    activation = "silu"
  }
  layer "dense" "soft_shrink" {
    inputs     = [input.x]
    units      = 2
    activation = "soft_shrink"
  }
  layer "dense" "softsign" {
    inputs     = [input.x]
    units      = 2
    activation = "softsign"
  }
  layer "dense" "sparse_plus" {
    inputs     = [input.x]
    units      = 2
    activation = "sparse_plus"
  }
  layer "dense" "squareplus" {
    inputs     = [input.x]
    units      = 2
    activation = "squareplus"
  }
  layer "dense" "tanh_shrink" {
    inputs     = [input.x]
    units      = 2
    activation = "tanh_shrink"
  }
  layer "concatenate" "all" {
    inputs = [layer.celu, layer.elu, layer.gelu, layer.hard_silu, layer.hard_tanh, layer.leaky_relu, layer.mish, layer.relu, layer.relu6, layer.selu, layer.silu, layer.soft_shrink, layer.softsign, layer.sparse_plus, layer.squareplus, layer.tanh_shrink]
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
