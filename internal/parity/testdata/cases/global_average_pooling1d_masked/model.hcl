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
  layer "dense" "d" {
    units      = 4
    activation = "tanh"
  }
  layer "global_average_pooling1d" "pool" {}
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
  loss              = "sparse_categorical_crossentropy"
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
