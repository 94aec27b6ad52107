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
  layer "dense" "k" {
    inputs = [layer.a]
    units  = 6
  }
  layer "dense" "v" {
    inputs = [layer.a]
    units  = 3
  }
  layer "lambda" "z" {
    function = ops::einsum("bts,bsd->btd", ops::softmax(ops::matmul(layer.a, ops::transpose(layer.k, [0, 2, 1])) / ops::sqrt(6) + ops::where(ops::tril(ops::ones([4, 4])), 0, -1000000)), layer.v)
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
    learning_rate = 0.1
    momentum      = 0.9
  }
}
