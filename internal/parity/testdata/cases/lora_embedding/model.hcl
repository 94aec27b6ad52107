dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "t" {}
  target "y" {}
}

model "m" {
  input "t" {
    shape = [4]
    dtype = "int32"
  }
  layer "embedding" "e" {
    input_dim  = 6
    output_dim = 3
    lora_rank  = 2
    embeddings_regularizer "l2" {
      l2 = 0.02
    }
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
  optimizer "adam" {
    learning_rate = 0.02
  }
}
