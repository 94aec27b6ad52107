# DeepFM: Guo, Tang, Ye, Li and He, "DeepFM: a factorization-machine based neural network for CTR prediction" (2017),
# arXiv:1703.04247. With 39 fields, 1,000,000 categories and the paper's widths there are 11,477,601 weights.

block "deepfm" {
  description = "Rates a row of categories, numbered through all fields, by their pairs and by a deep network of the same embeddings."

  param "categories" {
    type        = number
    description = "Of all fields together."
  }
  param "factors" {
    type        = number
    default     = 10
    description = "Length of the embeddings."
  }
  param "units" {
    type        = list(number)
    default     = [400, 400, 400]
    description = "Of the deep layers."
  }
  param "dropout" {
    type    = number
    default = 0.5
  }
  param "activation" {
    type        = string
    default     = "sigmoid"
    description = "Of the sum of all parts."
  }

  input "fields" {}

  layer "embedding" "weight" {
    input_dim  = param.categories
    output_dim = 1
  }
  layer "embedding" "factors" {
    inputs     = [input.fields]
    input_dim  = param.categories
    output_dim = param.factors
  }
  layer "lambda" "pairs" {
    # The sum over all pairs of their products, by Rendle's identity (Factorization machines, 2010).
    function = ops::sum(layer.weight, { axis = 1 }) + 0.5 * ops::sum(ops::square(ops::sum(layer.factors, { axis = 1 })) - ops::sum(ops::square(layer.factors), { axis = 1 }), { axis = 1, keepdims = true })
  }
  layer "flatten" "flat" {
    inputs = [layer.factors]
  }
  layer "hidden" "hidden" {
    for_each = param.units
    units    = each.value
    dropout  = param.dropout
  }
  layer "dense" "deep" {
    units = 1
  }
  layer "add" "sum" {
    inputs = [layer.pairs, layer.deep]
  }
  layer "activation" "rating" {
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
