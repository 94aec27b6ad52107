dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "kind" {}
  target "size" {}
  weight {
    column = "v"
    target = "kind"
  }
  weight {
    column = "w"
    target = "size"
  }
}

model "m" {
  input "x" {
    shape = [4]
  }
  layer "dense" "h" {
    inputs     = [input.x]
    units      = 5
    activation = "tanh"
  }
  layer "dense" "a" {
    inputs     = [layer.h]
    units      = 3
    activation = "softmax"
  }
  layer "dense" "b" {
    inputs = [layer.h]
    units  = 1
  }
  output "kind" {
    value = layer.a
  }
  output "size" {
    value = layer.b
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
  loss "sparse_categorical_crossentropy" {
    output    = "kind"
    reduction = "mean_with_sample_weight"
  }
  loss "huber" {
    output = "size"
    delta  = 0.5
  }
  optimizer "sgd" {
    learning_rate = 0.1
  }
}
