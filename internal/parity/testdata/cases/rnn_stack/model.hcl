dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5, 3]
  }
  layer "lstm" "a" {
    units            = 4
    return_sequences = true
  }
  layer "gru" "b" {
    units            = 3
    return_sequences = true
  }
  layer "simple_rnn" "c" {
    units = 4
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
  batch_size        = 5
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  metrics           = ["accuracy"]
  optimizer         = "adam"
}
