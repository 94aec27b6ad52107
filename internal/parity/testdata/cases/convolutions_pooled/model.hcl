dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
    test       = "test.npz"
  }
  feature "x" {}
  feature "image" {}
  feature "volume" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [8, 3]
  }
  input "image" {
    shape = [8, 8, 2]
  }
  input "volume" {
    shape = [4, 4, 4, 2]
  }
  layer "conv1d" "a" {
    inputs      = [input.x]
    filters     = 4
    kernel_size = 3
    padding     = "same"
    activation  = "relu"
  }
  layer "max_pooling1d" "a_max" {
    pool_size = 2
  }
  layer "conv1d" "b" {
    filters     = 3
    kernel_size = 2
    padding     = "causal"
  }
  layer "average_pooling1d" "b_mean" {
    pool_size = 4
  }
  layer "flatten" "p" {}
  layer "conv2d" "c" {
    inputs      = [input.image]
    filters     = 3
    kernel_size = 3
    padding     = "same"
  }
  layer "adaptive_average_pooling2d" "c_mean" {
    output_size = 4
  }
  layer "depthwise_conv2d" "d" {
    kernel_size = 3
    padding     = "same"
  }
  layer "adaptive_max_pooling2d" "d_max" {
    output_size = [4, 2]
  }
  layer "flatten" "q" {}
  layer "conv3d" "e" {
    inputs      = [input.volume]
    filters     = 2
    kernel_size = 2
    padding     = "same"
  }
  layer "max_pooling3d" "e_max" {
    pool_size = 2
  }
  layer "flatten" "r" {}
  layer "concatenate" "all" {
    inputs = [layer.p, layer.q, layer.r]
  }
  layer "dense" "head" {
    units = 2
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
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.05
  }
}
