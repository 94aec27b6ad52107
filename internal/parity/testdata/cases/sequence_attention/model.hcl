dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "a" {}
  feature "b" {}
  target "y" {}
}

model "m" {
  input "a" {
    shape = [5]
    dtype = "int32"
  }
  input "b" {
    shape = [4]
    dtype = "int32"
  }
  layer "embedding" "ea" {
    inputs     = [input.a]
    input_dim  = 9
    output_dim = 6
    mask_zero  = true
  }
  layer "bidirectional" "enc" {
    inputs     = [layer.ea]
    merge_mode = "sum"
    layer "gru" "g" {
      units            = 6
      return_sequences = true
    }
  }
  layer "embedding" "eb" {
    inputs     = [input.b]
    input_dim  = 9
    output_dim = 6
    mask_zero  = true
  }
  layer "gru" "dec" {
    inputs           = [layer.eb]
    units            = 6
    return_sequences = true
  }
  layer "attention" "at" {
    inputs    = [layer.dec, layer.enc]
    use_scale = true
  }
  layer "concatenate" "j" {
    inputs = [layer.dec, layer.at]
  }
  layer "dense" "head" {
    units      = 9
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
  metrics           = ["accuracy"]
  optimizer "adam" {
    learning_rate = 0.01
  }
}
