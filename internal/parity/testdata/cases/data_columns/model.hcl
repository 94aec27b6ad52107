dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {
    columns = ["width", "height", "depth"]
  }
  feature "z" {
    column = "pair"
  }
  target "y" {
    column = "label"
  }
}

model "m" {
  input "x" {
    shape = [3]
  }
  input "z" {
    shape = [2]
  }
  layer "concatenate" "j" {
    inputs = [input.x, input.z]
  }
  layer "dense" "a" {
    units      = 5
    activation = "relu"
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
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
