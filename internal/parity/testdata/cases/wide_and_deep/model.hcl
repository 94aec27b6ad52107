dataset "d" {
  source "npz" {
    train      = "data.npz"
    validation = "validation.npz"
    test       = "test.npz"
  }
  feature "numbers" {}
  feature "city" {}
  feature "job" {}
  target "income" {}
}

model "m" {
  input "numbers" {
    shape = [4]
  }
  input "city" {
    shape = []
    dtype = "int32"
  }
  input "job" {
    shape = []
    dtype = "int32"
  }
  layer "embedding" "city_vector" {
    inputs     = [input.city]
    input_dim  = 7
    output_dim = 3
  }
  layer "embedding" "job_vector" {
    inputs     = [input.job]
    input_dim  = 5
    output_dim = 2
  }
  layer "concatenate" "deep" {
    inputs = [input.numbers, layer.city_vector, layer.job_vector]
  }
  layer "dense" "hidden1" {
    units      = 8
    activation = "relu"
  }
  layer "layer_normalization" "ln" {}
  layer "dense" "hidden2" {
    units      = 4
    activation = "relu"
  }
  layer "concatenate" "both" {
    inputs = [layer.hidden2, input.numbers]
  }
  layer "dense" "income" {
    units      = 1
    activation = "sigmoid"
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
  loss              = "binary_crossentropy"
  metrics           = ["accuracy", "auc"]
  optimizer "adamw" {
    learning_rate "cosine_decay" {
      initial_learning_rate = 0.02
      decay_steps           = 10
    }
    weight_decay    = 0.05
    global_clipnorm = 1.0
  }
}
