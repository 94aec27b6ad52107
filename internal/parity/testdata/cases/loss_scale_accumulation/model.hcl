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
  layer "rescaling" "wide" {
    scale = 100.0
  }
  layer "dense" "head" {
    units = 2
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
  loss                        = "mean_squared_error"
  optimizer "loss_scale_optimizer" {
    inner_optimizer "adam" {
      learning_rate = 0.02
    }
    initial_scale = 5.192296858534828e+33
  }
}
