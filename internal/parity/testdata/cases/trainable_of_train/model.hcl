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
  layer "dense" "a" {
    units    = 5
    use_bias = false
  }
  layer "batch_normalization" "bn" {}
  layer "activation" "act" {
    activation = "relu"
  }
  layer "dense" "b" {
    units      = 4
    activation = "tanh"
  }
  layer "dense" "head" {
    units      = 3
    activation = "softmax"
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
  trainable         = [{ path = "a/**", trainable = false }, { path = "bn/**", trainable = false }]
  loss              = "sparse_categorical_crossentropy"
  optimizer "sgd" {
    learning_rate = 0.2
    weight_decay  = 0.1
  }
}
