# As w4, a simple recurrent layer in place of the LSTM.

variable "batch" {
  type    = number
  default = 32
}

dataset "random" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  target "y" {}
}

model "lstm" {
  input "x" {
    shape = [200]
    dtype = "int32"
  }

  layer "embedding" "words" {
    input_dim  = 20000
    output_dim = 128
  }
  layer "simple_rnn" "read" {
    units = 128
  }
  layer "dense" "out" {
    units      = 1
    activation = "sigmoid"
  }
}

train "main" {
  model             = model.lstm
  data              = dataset.random
  epochs            = 3
  batch_size        = var.batch
  shuffle           = false
  log_every_n_steps = 1
  loss              = "binary_crossentropy"

  optimizer "adam" {
    learning_rate = 0.001
  }
}
