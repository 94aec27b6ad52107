dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  feature "z" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5, 3]
  }
  input "z" {
    shape = [4, 2]
  }
  layer "lstm" "encoder" {
    inputs       = [input.x]
    units        = 4
    return_state = true
  }
  layer "lstm" "decoder" {
    inputs           = [input.z]
    units            = 4
    return_sequences = true
    initial_state    = [layer.encoder.outputs[1], layer.encoder.outputs[2]]
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
