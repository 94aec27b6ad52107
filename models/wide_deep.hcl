# Wide and deep: Cheng and others, "Wide & deep learning for recommender systems" (2016), arXiv:1606.07792.
# With the paper's widths, 100 deep values and 1,000 wide ones there are 760,809 weights.

block "wide_deep" {
  description = "Joins a linear model of the wide features (crossed categories, say) with a deep network of the others."

  param "units" {
    type        = list(number)
    default     = [1024, 512, 256]
    description = "Of the deep layers."
  }
  param "dropout" {
    type    = number
    default = 0
  }
  param "outputs" {
    type    = number
    default = 1
  }
  param "activation" {
    type        = string
    default     = "sigmoid"
    description = "Of the sum of both parts."
  }

  input "wide" {}
  input "deep" {}

  layer "hidden" "hidden" {
    for_each = param.units
    inputs   = [each.key == 0 ? input.deep : previous]
    units    = each.value
    dropout  = param.dropout
  }
  layer "dense" "deep" {
    units = param.outputs
  }
  layer "dense" "wide" {
    inputs   = [input.wide]
    units    = param.outputs
    use_bias = false
  }
  layer "add" "sum" {
    inputs = [layer.wide, layer.deep]
  }
  layer "activation" "prediction" {
    activation = param.activation
  }
}

block "hidden" {
  description = "One dense layer with ReLU, and its dropout."

  param "units" {
    type = number
  }
  param "dropout" {
    type    = number
    default = 0
  }

  layer "dense" "dense" {
    units      = param.units
    activation = "relu"
  }
  layer "dropout" "drop" {
    enabled = param.dropout > 0
    rate    = param.dropout
  }
}
