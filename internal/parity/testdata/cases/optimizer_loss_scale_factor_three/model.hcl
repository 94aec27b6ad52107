dataset "d" {
  source "npz" {
    path = "data.npz"
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
  epochs            = 2
  batch_size        = 8
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "sparse_categorical_crossentropy"
  optimizer "adam" {
    learning_rate     = 0.02
    loss_scale_factor = 3.0
    epsilon           = 0.001
    global_clipnorm   = 0.02
  }
}
