dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [4]
  }
  layer "dense" "a" {
    units      = 5
    activation = "tanh"
    kernel_constraint "max_norm" {
      max_value = 1.5
    }
  }
  layer "batch_normalization" "bn" {}
  layer "rescaling" "wide" {
    scale = 100.0
  }
  layer "dense" "head" {
    units = 2
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 3
  batch_size        = 8
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "loss_scale_optimizer" {
    inner_optimizer "sgd" {
      learning_rate = 1e-05
      momentum      = 0.9
    }
    initial_scale        = 4.0
    dynamic_growth_steps = 2
  }
}
