dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x0" {}
  target "y" {}
}

model "m" {
  input "x0" {
    shape = [5, 6]
  }
  layer "multi_head_attention" "mha" {
    num_heads = 2
    key_dim   = 3
    kernel_regularizer "l2" {
      l2 = 0.02
    }
    bias_regularizer "l1" {
      l1 = 0.01
    }
    kernel_constraint "max_norm" {
      max_value = 0.8
      axis      = [0, 1]
    }
  }
  layer "dense" "head" {
    units = 3
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
  }
}
