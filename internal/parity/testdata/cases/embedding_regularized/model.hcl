dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [3]
    dtype = "int32"
  }
  layer "embedding" "e" {
    input_dim  = 8
    output_dim = 4
    embeddings_regularizer "l2" {
      l2 = 0.02
    }
    embeddings_constraint "max_norm" {
      max_value = 0.1
      axis      = 1
    }
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
  optimizer "adamw" {
    learning_rate   = 0.02
    weight_decay    = 0.05
    global_clipnorm = 0.7
  }
}
