dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
  }
  feature "x" {}
  feature "t" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5, 4, 2]
  }
  input "t" {
    shape = [3]
    dtype = "int32"
  }
  layer "conv2d" "conv" {
    inputs      = [input.x]
    filters     = 3
    kernel_size = 2
    activation  = "tanh"
  }
  layer "flatten" "flat" {}
  layer "embedding" "words" {
    inputs     = [input.t]
    input_dim  = 6
    output_dim = 2
  }
  layer "flatten" "flat2" {
    inputs = [layer.words]
  }
  layer "concatenate" "both" {
    inputs = [layer.flat, layer.flat2]
  }
  layer "dense" "d" {
    units      = 5
    activation = "tanh"
  }
  layer "dense" "wide" {
    units      = 9
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
  optimizer "adafactor" {
    learning_rate  = 0.1
    clip_threshold = 0.8
  }
}
