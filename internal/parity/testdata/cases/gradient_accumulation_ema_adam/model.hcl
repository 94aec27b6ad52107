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
    kernel_constraint "max_norm" {
      max_value = 1.5
    }
  }
  layer "dense" "head" {
    units      = 3
    activation = "softmax"
  }
}

train "main" {
  model                       = model.m
  data                        = dataset.d
  epochs                      = 3
  batch_size                  = 8
  shuffle                     = false
  log_every_n_steps           = 1
  initial_weights             = "weights.safetensors"
  gradient_accumulation_steps = 2
  loss                        = "sparse_categorical_crossentropy"
  optimizer "adam" {
    learning_rate           = 0.02
    use_ema                 = true
    ema_momentum            = 0.8
    ema_overwrite_frequency = 2
  }
}
