dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4, 6]
    dtype = "int32"
  }
  layer "embedding" "e" {
    input_dim  = 3
    output_dim = 2
  }
  layer "zero_padding2d" "pad" {
    padding = 1
  }
  layer "conv2d" "mix" {
    filters     = 2
    kernel_size = 1
    use_bias    = false
  }
  layer "max_pooling2d" "pool" {
    pool_size = [3, 2]
    strides   = [2, 1]
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
