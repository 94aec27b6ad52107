dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 4]
  }
  layer "einsum_dense" "a" {
    equation     = "abc,cde->abde"
    output_shape = [3, 2, 3]
    bias_axes    = "e"
    lora_rank    = 2
    lora_alpha   = 5.0
  }
  layer "flatten" "flat" {}
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
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.1
    momentum      = 0.5
    weight_decay  = 0.01
  }
}
