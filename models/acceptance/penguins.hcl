# A table of mixed columns, with values missing: which species a penguin is.

variable "data" {
  type        = string
  description = "penguins.csv of the Palmer penguins."
}

locals {
  numbers    = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
  categories = ["island", "sex"]
}

variable "seed" {
  type        = number
  default     = 0
  description = "Splits, first weights and the order of the rows follow from it."
}

dlrun {
  seed = var.seed
}

dataset "penguins" {
  source "csv" {
    path = var.data
  }

  feature "numbers" {
    columns = local.numbers
    transform "imputation" {
      strategy = "median"
    }
    transform "normalization" {}
  }

  dynamic "feature" {
    for_each = local.categories
    labels   = [feature.value]
    content {
      transform "imputation" {
        strategy = "mode"
        dtype    = "string"
      }
      transform "string_lookup" {
        output_mode = "one_hot"
      }
    }
  }

  target "species" {
    transform "string_lookup" {
      num_oov_indices = 0
    }
  }

  split {
    validation = 0.15
    test       = 0.2
    stratify   = "species"
  }
}

model "species" {
  input "numbers" {
    shape = [length(local.numbers)]
  }
  dynamic "input" {
    for_each = local.categories
    labels   = [input.value]
    content {
      shape = [null]
    }
  }

  layer "concatenate" "joined" {
    inputs = [input.numbers, input.island, input.sex]
  }
  layer "dense" "hidden" {
    units      = 32
    activation = "relu"
  }
  layer "dense" "species" {
    units      = 3
    activation = "softmax"
  }
}

train "main" {
  model      = model.species
  data       = dataset.penguins
  loss       = "sparse_categorical_crossentropy"
  metrics    = ["accuracy"]
  epochs     = 40
  batch_size = 16

  optimizer "adam" {
    learning_rate = 0.005
  }

  check "good enough" {
    condition     = metrics.test_accuracy >= 0.95
    error_message = "Test accuracy is ${metrics.test_accuracy}, below 0.95."
  }
}
