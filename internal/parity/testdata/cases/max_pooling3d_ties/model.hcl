dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3, 4, 4]
    dtype = "int32"
  }
  layer "embedding" "e" {
    input_dim  = 3
    output_dim = 2
  }
  layer "conv3d" "mix" {
    filters     = 2
    kernel_size = 1
    use_bias    = false
  }
  layer "max_pooling3d" "pool" {
    pool_size = [2, 3, 2]
    strides   = [1, 1, 2]
  }
  layer "flatten" "flat" {}
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
