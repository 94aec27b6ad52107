# Film reviews, good or bad, from the words and pairs of words in them: the multi-hot bag of bigrams of Keras' text
# classification guide.

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
      max_tokens  = 20000
      ngrams      = 2
      output_mode = "multi_hot"
    }
  }

  target "label" {}

  split {
    validation = 0.1
    test       = 0.1
  }
}

model "bag" {
  input "text" {
    shape = [20000]
  }

  layer "dense" "hidden" {
    units      = 16
    activation = "relu"
  }
  layer "dropout" "drop" {
    rate = 0.5
  }
  layer "dense" "good" {
    units      = 1
    activation = "sigmoid"
  }
}

train "main" {
  model      = model.bag
  data       = dataset.reviews
  loss       = "binary_crossentropy"
  metrics    = ["accuracy"]
  epochs     = 10
  batch_size = 32

  optimizer "rmsprop" {}

  callback "early_stopping" {
    monitor              = "val_accuracy"
    patience             = 3
    restore_best_weights = true
  }

  check "as good as Keras" {
    condition     = metrics.test_accuracy >= 0.859
    error_message = "Test accuracy is ${metrics.test_accuracy}, below 0.859."
  }
}
