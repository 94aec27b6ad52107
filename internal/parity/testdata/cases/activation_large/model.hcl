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
  layer "rescaling" "wide" {
    scale = 25.0
  }
  layer "activation" "elu" {
    inputs     = [layer.wide]
    activation = "elu"
  }
  layer "activation" "gelu" {
    inputs     = [layer.wide]
    activation = "gelu"
  }
  layer "activation" "log_sigmoid" {
    inputs     = [layer.wide]
    activation = "log_sigmoid"
  }
  layer "activation" "log_softmax" {
    inputs     = [layer.wide]
    activation = "log_softmax"
  }
  layer "activation" "mish" {
    inputs     = [layer.wide]
    activation = "mish"
  }
  layer "activation" "selu" {
    inputs     = [layer.wide]
    activation = "selu"
  }
  layer "activation" "sigmoid" {
    inputs     = [layer.wide]
    activation = "sigmoid"
  }
  layer "activation" "silu" {
    inputs     = [layer.wide]
    activation = "silu"
  }
  layer "activation" "softmax" {
    inputs     = [layer.wide]
    activation = "softmax"
  }
  layer "activation" "softplus" {
    inputs     = [layer.wide]
    activation = "softplus"
  }
  layer "activation" "softsign" {
    inputs     = [layer.wide]
    activation = "softsign"
  }
  layer "activation" "squareplus" {
    inputs     = [layer.wide]
    activation = "squareplus"
  }
  layer "activation" "tanh" {
    inputs     = [layer.wide]
    activation = "tanh"
  }
  layer "concatenate" "all" {
    inputs = [layer.elu, layer.gelu, layer.log_sigmoid, layer.log_softmax, layer.mish, layer.selu, layer.sigmoid, layer.silu, layer.softmax, layer.softplus, layer.softsign, layer.squareplus, layer.tanh]
  }
  layer "rescaling" "narrow" {
    scale = 0.05
  }
  layer "dense" "h" {
    units      = 4
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
