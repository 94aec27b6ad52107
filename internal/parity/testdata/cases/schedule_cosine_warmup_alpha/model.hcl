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
    units      = 5
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
  epochs            = 3
  batch_size        = 8
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  optimizer "sgd" {
    learning_rate "cosine_decay" {
      initial_learning_rate = 0.0
      decay_steps           = 4
      alpha                 = 0.2
      warmup_target         = 0.3
      warmup_steps          = 4
    }
    momentum = 0.5
  }
}
