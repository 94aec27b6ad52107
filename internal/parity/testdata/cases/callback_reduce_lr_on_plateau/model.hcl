dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
  }
  feature "t" {}
  feature "x" {}
  target "y" {}
}

model "m" {
  input "t" {
    shape = []
    dtype = "int32"
  }
  input "x" {
    shape = [4]
  }
  layer "embedding" "e" {
    inputs     = [input.t]
    input_dim  = 7
    output_dim = 2
  }
  layer "concatenate" "j" {
    inputs = [input.x, layer.e]
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
  epochs            = 9
  batch_size        = 8
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  optimizer "sgd" {
    learning_rate = 2.5
  }
  callback "reduce_lr_on_plateau" {
    factor   = 0.4
    patience = 1
    cooldown = 1
    min_lr   = 0.1
  }
}
