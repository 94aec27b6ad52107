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
  }
  layer "dense" "celu" {
    inputs     = [input.x]
    units      = 3
    activation = "celu"
  }
  layer "dense" "elu" {
    inputs     = [input.x]
    units      = 3
    activation = "elu"
  }
  layer "dense" "gelu" {
    inputs     = [input.x]
    units      = 3
    activation = "gelu"
  }
  layer "dense" "hard_shrink" {
    inputs     = [input.x]
    units      = 3
    activation = "hard_shrink"
  }
  layer "dense" "hard_sigmoid" {
    inputs     = [input.x]
    units      = 3
    activation = "hard_sigmoid"
  }
  layer "dense" "hard_silu" {
    inputs     = [input.x]
    units      = 3
    activation = "hard_silu"
  }
  layer "dense" "hard_swish" {
    inputs     = [input.x]
    units      = 3
    activation = "hard_swish"
  }
  layer "dense" "hard_tanh" {
    inputs     = [input.x]
    units      = 3
    activation = "hard_tanh"
  }
  layer "dense" "leaky_relu" {
    inputs     = [input.x]
    units      = 3
    activation = "leaky_relu"
  }
  layer "dense" "linear" {
    inputs     = [input.x]
    units      = 3
    activation = "linear"
  }
  layer "dense" "log_sigmoid" {
    inputs     = [input.x]
    units      = 3
    activation = "log_sigmoid"
  }
  layer "dense" "mish" {
    inputs     = [input.x]
    units      = 3
    activation = "mish"
  }
  layer "dense" "relu" {
    inputs     = [input.x]
    units      = 3
    activation = "relu"
  }
  layer "dense" "relu6" {
    inputs     = [input.x]
    units      = 3
    activation = "relu6"
  }
  layer "dense" "selu" {
    inputs     = [input.x]
    units      = 3
    activation = "selu"
  }
  layer "dense" "sigmoid" {
    inputs     = [input.x]
    units      = 3
    activation = "sigmoid"
  }
  layer "dense" "silu" {
    inputs     = [input.x]
    units      = 3
    activation = "silu"
  }
  layer "dense" "soft_shrink" {
    inputs     = [input.x]
    units      = 3
    activation = "soft_shrink"
  }
  layer "dense" "softmax" {
    inputs     = [input.x]
    units      = 3
    activation = "softmax"
  }
  layer "dense" "softplus" {
    inputs     = [input.x]
    units      = 3
    activation = "softplus"
  }
  layer "dense" "softsign" {
    inputs     = [input.x]
    units      = 3
    activation = "softsign"
  }
  layer "dense" "sparse_plus" {
    inputs     = [input.x]
    units      = 3
    activation = "sparse_plus"
  }
  layer "dense" "sparse_sigmoid" {
    inputs     = [input.x]
    units      = 3
    activation = "sparse_sigmoid"
  }
  layer "dense" "squareplus" {
    inputs     = [input.x]
    units      = 3
    activation = "squareplus"
  }
  layer "dense" "swish" {
    inputs     = [input.x]
    units      = 3
    activation = "swish"
  }
  layer "dense" "tanh" {
    inputs     = [input.x]
    units      = 3
    activation = "tanh"
  }
  layer "dense" "tanh_shrink" {
    inputs     = [input.x]
    units      = 3
    activation = "tanh_shrink"
  }
  layer "concatenate" "all" {
    inputs = [layer.celu, layer.elu, layer.gelu, layer.hard_shrink, layer.hard_sigmoid, layer.hard_silu, layer.hard_swish, layer.hard_tanh, layer.leaky_relu, layer.linear, layer.log_sigmoid, layer.mish, layer.relu, layer.relu6, layer.selu, layer.sigmoid, layer.silu, layer.soft_shrink, layer.softmax, layer.softplus, layer.softsign, layer.sparse_plus, layer.sparse_sigmoid, layer.squareplus, layer.swish, layer.tanh, layer.tanh_shrink]
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
    learning_rate = 0.02
  }
}
