# A time series: tomorrow's highest temperature from the last four weeks of weather.

variable "data" {
  type        = string
  description = "seattle-weather.csv: date, precipitation, temp_max, temp_min, wind."
}

variable "seed" {
  type        = number
  default     = 0
  description = "Splits, first weights and the order of the rows follow from it."
}

dlrun {
  seed = var.seed
}

dataset "weather" {
  source "csv" {
    path = var.data
  }

  window {
    sequence_length = 28
    order_by        = "date"
  }

  feature "days" {
    columns = ["precipitation", "temp_max", "temp_min", "wind"]
    transform "normalization" {}
  }

  target "tomorrow" {
    column = "temp_max"
    steps  = 1
    transform "normalization" {}
  }

  split {
    validation = 0.1
    test       = 0.2
    order_by   = "date"
  }
}

model "forecast" {
  input "days" {
    shape = [28, 4]
  }

  layer "gru" "read" {
    units = 32
  }
  layer "dense" "tomorrow" {
    units = 1
  }
}

train "main" {
  model      = model.forecast
  data       = dataset.weather
  loss       = "mean_squared_error"
  metrics    = ["mean_absolute_error"]
  epochs     = 15
  batch_size = 32

  optimizer "adam" {
    learning_rate = 0.003
  }

  # Of standard deviations, 7.3 degrees; that tomorrow is as today errs by 0.30 of one.
  check "better than today" {
    condition     = metrics.test_mean_absolute_error < 0.3
    error_message = "The mean error is ${metrics.test_mean_absolute_error}, that of saying today's is 0.30."
  }
}
