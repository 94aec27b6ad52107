dataset "d" {
  source "npz" {
    path = "data.npz"
  }
  feature "x" {}
  feature "e" {}
  feature "decoder_padding_mask" {}
  feature "decoder_attention_mask" {}
  feature "encoder_padding_mask" {}
  feature "encoder_attention_mask" {}
  target "y" {}
}

model "m" {
  input "x" {
    shape = [5]
    dtype = "int32"
  }
  layer "embedding" "embed_x" {
    inputs     = [input.x]
    input_dim  = 7
    output_dim = 6
    mask_zero  = true
  }
  input "e" {
    shape = [4]
    dtype = "int32"
  }
  layer "embedding" "embed_e" {
    inputs     = [input.e]
    input_dim  = 7
    output_dim = 6
    mask_zero  = true
  }
  input "decoder_padding_mask" {
    shape = [5]
    dtype = "int32"
  }
  input "decoder_attention_mask" {
    shape = [5, 5]
    dtype = "int32"
  }
  input "encoder_padding_mask" {
    shape = [4]
    dtype = "int32"
  }
  input "encoder_attention_mask" {
    shape = [5, 4]
    dtype = "int32"
  }
  layer "transformer_decoder" "block" {
    inputs                 = [layer.embed_x, layer.embed_e]
    intermediate_dim       = 7
    num_heads              = 2
    decoder_padding_mask   = input.decoder_padding_mask
    decoder_attention_mask = input.decoder_attention_mask
    encoder_padding_mask   = input.encoder_padding_mask
    encoder_attention_mask = input.encoder_attention_mask
  }
  layer "flatten" "flat" {}
  layer "dense" "head" {
    units = 2
  }
}

train "main" {
  model             = model.m
  data              = dataset.d
  epochs            = 2
  batch_size        = 5
  shuffle           = false
  log_every_n_steps = 1
  initial_weights   = "weights.safetensors"
  loss              = "mean_squared_error"
  optimizer "sgd" {
    learning_rate = 0.02
  }
}
