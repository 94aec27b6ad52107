dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  feature "i" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [6, 3]
  }
  input "i" {
    shape = [2]
    dtype = "int32"
  }
  layer "dense" "a" {
    inputs     = [input.x]
    units      = 6
    activation = "tanh"
  }
  layer "lambda" "z" {
    function = ops::take_along_axis(layer.a, ops::repeat(ops::expand_dims(input.i, -1), 6, { axis = -1 }), { axis = 1 }) * ops::one_hot(input.i, 6) + ops::cast(ops::expand_dims(input.i, -1) * 2 - 1, "float32")
  }
  layer "flatten" "flat" {}
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
    learning_rate = 0.005
  }
}
