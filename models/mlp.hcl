# Blocks of fully connected networks.

block "hidden" {
  description = "A chain of dense layers, each followed by dropout where a rate is given."

  param "units" {
    type        = list(number)
    description = "Width of each layer, in order."
  }
  param "activation" {
    type    = string
    default = "relu"
  }
  param "dropout" {
    type    = number
    default = 0

    validation {
      condition     = param.dropout >= 0 && param.dropout < 1
      error_message = "The rate of dropout is at least 0 and less than 1."
    }
  }

  layer "step" "step" {
    for_each   = param.units
    units      = each.value
    activation = param.activation
    dropout    = param.dropout
  }
}

block "step" {
  description = "One dense layer and its dropout."

  param "units" {
    type = number
  }
  param "activation" {
    type    = string
    default = "relu"
  }
  param "dropout" {
    type    = number
    default = 0
  }

  layer "dense" "dense" {
    units      = param.units
    activation = param.activation
  }
  layer "dropout" "drop" {
    enabled = param.dropout > 0
    rate    = param.dropout
  }
}
