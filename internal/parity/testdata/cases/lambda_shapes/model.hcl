dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4, 5]
  }
  layer "dense" "a" {
    units      = 6
    activation = "tanh"
  }
  layer "lambda" "z" {
    function = ops::concatenate([ops::flip(previous, { axis = 1 }), ops::roll(previous, 2, { axis = 2 }), ops::repeat(ops::take(previous, [3, 1], { axis = 1 }), 2, { axis = 1 }), ops::pad(ops::split(previous, 2, { axis = 1 })[1], [[0, 0], [1, 1], [0, 0]]), ops::reshape(ops::transpose(previous, [0, 2, 1]), [null, 4, 6])], { axis = -1 })
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
    learning_rate = 0.02
  }
}
