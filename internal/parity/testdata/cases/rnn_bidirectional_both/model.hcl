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
  layer "bidirectional" "read" {
    merge_mode = null
    layer "lstm" "lstm" {
      units            = 3
      return_sequences = true
    }
  }
  layer "subtract" "sub" {
    inputs = [layer.read.outputs[0], layer.read.outputs[1]]
  }
  layer "dense" "head" {
    units = 2
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
  loss              = "mse"
  optimizer "sgd" {
    learning_rate = 0.2
    momentum      = 0.9
  }
}
