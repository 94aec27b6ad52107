# N-BEATS: Oreshkin, Carpov, Chapados and Bengio, "N-BEATS: neural basis expansion analysis for interpretable time series
# forecasting" (2019), arXiv:1905.10437; its generic form. Looking back over 7 values for 1, the paper's sizes have 23,885,040 weights.

block "n_beats" {
  description = "Forecasts a series from its last values, a vector; each block explains what those before it left."

  param "horizon" {
    type        = number
    default     = 1
    description = "Values to forecast."
  }
  param "depth" {
    type        = number
    default     = 30
    description = "Blocks."
  }
  param "units" {
    type    = number
    default = 512
  }
  param "layers" {
    type        = number
    default     = 4
    description = "Dense layers of a block."
  }

  layer "n_beats_block" "block" {
    count   = param.depth
    horizon = param.horizon
    units   = param.units
    layers  = param.layers
  }
  layer "add" "forecast" {
    inputs = [for block in layer.block : block.outputs.forecast]
  }
}

block "n_beats_block" {
  description = "What it cannot explain of the past, and its part of the forecast."

  param "horizon" {
    type = number
  }
  param "units" {
    type = number
  }
  param "layers" {
    type = number
  }

  input "x" {}

  layer "dense" "hidden" {
    count      = param.layers
    units      = param.units
    activation = "relu"
  }
  layer "dense" "backcast" {
    units = input.x.shape[0]
  }
  layer "subtract" "residual" {
    inputs = [input.x, layer.backcast]
  }
  layer "dense" "forecast" {
    inputs = [layer.hidden]
    units  = param.horizon
  }

  output "residual" {
    value = layer.residual
  }
  output "forecast" {
    value = layer.forecast
  }
}
