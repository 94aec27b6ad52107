# The variational autoencoder: Kingma and Welling, "Auto-encoding variational Bayes" (2013), arXiv:1312.6114.
# For 784 values, with 500 hidden units and 20 latent ones, there are 815,824 weights.

block "vae" {
  description = "Squeezes a vector of values in [0, 1] into a distribution of codes and restores it; to be trained with binary_crossentropy against its input."

  param "units" {
    type        = number
    default     = 500
    description = "Of the hidden layers."
  }
  param "latent" {
    type        = number
    default     = 20
    description = "Length of a code."
  }
  param "kl_weight" {
    type        = number
    default     = 1
    description = "Weight of the divergence from the normal distribution, a sum over the code; the reconstruction's loss counts as a sum over the values."
  }
  param "activation" {
    type        = string
    default     = "sigmoid"
    description = "Of the last layer."
  }

  input "x" {}

  layer "dense" "encode" {
    units      = param.units
    activation = "tanh"
  }
  layer "dense" "mean" {
    units = param.latent
  }
  layer "dense" "log_variance" {
    inputs = [layer.encode]
    units  = param.latent
  }
  layer "lambda" "code" {
    function = layer.mean + ops::exp(0.5 * layer.log_variance) * random::normal(layer.mean.shape)
  }
  layer "dense" "decode" {
    units      = param.units
    activation = "tanh"
  }
  layer "dense" "restored" {
    units      = input.x.shape[0]
    activation = param.activation
  }

  # Keras' losses are means over the values: the divergence is divided by their number likewise.
  add_loss "kl" {
    value = -0.5 * param.kl_weight / input.x.shape[0] * ops::mean(ops::sum(1 + layer.log_variance - ops::square(layer.mean) - ops::exp(layer.log_variance), { axis = 1 }))
  }

  output "restored" {
    value = layer.restored
  }
  output "mean" {
    value = layer.mean
  }
}
