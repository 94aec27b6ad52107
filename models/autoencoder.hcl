# Autoencoders of dense layers: Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks" (2006).
# For 784 values, units = [32] has 50,992 weights and units = [128, 64, 32] has 222,384, as in Keras' tutorial.

block "autoencoder" {
  description = "Squeezes a vector through a narrow code and restores it."

  param "units" {
    type        = list(number)
    default     = [128, 64, 32]
    description = "Of the layers down to the code."
  }
  param "hidden" {
    type        = string
    default     = "relu"
    description = "Activation of all layers but the last."
  }
  param "activation" {
    type        = string
    default     = "sigmoid"
    description = "Of the last layer: \"sigmoid\" for values in [0, 1]."
  }

  input "x" {}

  layer "dense" "encode" {
    for_each   = param.units
    units      = each.value
    activation = param.hidden
  }
  layer "dense" "decode" {
    for_each   = slice(reverse(param.units), 1, length(param.units))
    units      = each.value
    activation = param.hidden
  }
  layer "dense" "restored" {
    units      = input.x.shape[0]
    activation = param.activation
  }

  output "code" {
    value = layer.encode
  }
  output "restored" {
    value = layer.restored
  }
}
