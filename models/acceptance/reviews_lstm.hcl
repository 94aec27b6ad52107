# Film reviews, good or bad, read word by word in both directions.

variable "data" {
  type        = string
  description = "A CSV file with the columns text and label (0 or 1)."
}

variable "seed" {
  type        = number
  default     = 0
  description = "Splits, first weights and the order of the rows follow from it."
}

dlrun {
  seed = var.seed
}

dataset "reviews" {
  source "csv" {
    path = var.data
  }

  feature "text" {
    transform "text_vectorization" {
      max_tokens             = 20000
      output_sequence_length = 200
    }
  }

  target "label" {}

  split {
    validation = 0.1
    test       = 0.1
  }
}

model "lstm" {
  input "text" {
    shape = [200]
    dtype = "int32"
  }

  layer "embedding" "words" {
    input_dim  = 20000
    output_dim = 128
    mask_zero  = true
  }
  layer "bidirectional" "read" {
    layer "lstm" "lstm" {
      units = 64
    }
  }
  layer "dense" "good" {
    units      = 1
    activation = "sigmoid"
  }
}

train "main" {
  model      = model.lstm
  data       = dataset.reviews
  loss       = "binary_crossentropy"
  metrics    = ["accuracy"]
  epochs     = 3
  batch_size = 32

  optimizer "adam" {}

  callback "early_stopping" {
    monitor              = "val_accuracy"
    patience             = 2
    restore_best_weights = true
  }

  check "as good as Keras" {
    condition     = metrics.test_accuracy >= 0.834
    error_message = "Test accuracy is ${metrics.test_accuracy}, below 0.834."
  }
}
