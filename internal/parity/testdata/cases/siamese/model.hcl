dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "a" {}
  feature "b" {}
  target "same" {}
}

model "m" {
  input "a" {
    shape = [5]
  }
  input "b" {
    shape = [5]
  }
  layer "dense" "encode" {
    inputs             = [input.a]
    units              = 4
    activation         = "tanh"
    kernel_regularizer = "l2"
  }
  layer "shared" "encode_b" {
    reuse  = layer.encode
    inputs = [input.b]
  }
  layer "multiply" "product" {
    inputs = [layer.encode, layer.encode_b]
  }
  layer "dense" "same" {
    units      = 1
    activation = "sigmoid"
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
  loss              = "binary_crossentropy"
  metrics           = ["accuracy"]
  optimizer "adam" {
    learning_rate = 0.02
  }
}
