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
  layer "bidirectional" "encoder" {
    inputs = [input.x]
    layer "lstm" "lstm" {
      units        = 3
      return_state = true
    }
  }
  layer "bidirectional" "decoder" {
    inputs        = [input.z]
    initial_state = [layer.encoder.outputs[1], layer.encoder.outputs[2], layer.encoder.outputs[3], layer.encoder.outputs[4]]
    layer "lstm" "lstm" {
      units            = 3
      return_sequences = true
    }
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
