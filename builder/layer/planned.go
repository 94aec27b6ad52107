package layer

func init() { Registry.Planned(planned...) }

// planned are the layers of Keras and KerasHub that there is no file for yet. A layer that gets its
// file leaves the list; a test says so.
var planned = []string{
	// core
	"einsum_dense", "lambda", "masking", "reversible_embedding", "ternary_dense",
	// pooling
	"adaptive_average_pooling1d", "adaptive_average_pooling2d", "adaptive_average_pooling3d",
	"adaptive_max_pooling1d", "adaptive_max_pooling2d", "adaptive_max_pooling3d",
	// recurrent
	"bidirectional", "conv_lstm1d", "conv_lstm2d", "conv_lstm3d", "gru", "gru_cell", "lstm", "lstm_cell", "rnn",
	"simple_rnn", "simple_rnn_cell", "stacked_rnn_cells", "time_distributed",
	// normalization
	"group_normalization", "rms_normalization", "spectral_normalization", "unit_normalization",
	// regularization
	"alpha_dropout", "gaussian_dropout", "gaussian_noise", "spatial_dropout1d", "spatial_dropout2d", "spatial_dropout3d",
	// attention
	"additive_attention", "attention", "group_query_attention", "multi_head_attention",
	// reshaping and merging
	"dot", "up_sampling1d", "up_sampling2d", "up_sampling3d",
	// images
	"aug_mix", "auto_contrast", "center_crop", "contrast_limited_adaptive_histogram_equalization", "cut_mix", "equalization",
	"max_num_bounding_boxes", "mix_up", "rand_augment", "random_brightness", "random_color_degeneration", "random_color_jitter",
	"random_contrast", "random_crop", "random_elastic_transform", "random_erasing", "random_flip", "random_gaussian_blur",
	"random_grayscale", "random_hue", "random_invert", "random_perspective", "random_posterization", "random_rotation",
	"random_saturation", "random_sharpness", "random_shear", "random_translation", "random_zoom", "resizing", "solarization",
	// tables, text and sound
	"category_encoding", "discretization", "hashed_crossing", "hashing", "integer_lookup", "mel_spectrogram", "normalization",
	"pipeline", "stft_spectrogram", "string_lookup", "text_vectorization",
	// KerasHub
	"alibi_bias", "anchor_generator", "box_matcher", "cached_multi_head_attention", "f_net_encoder", "masked_lm_head",
	"masked_lm_mask_generator", "multi_segment_packer", "non_max_supression", "position_embedding", "random_deletion",
	"random_swap", "rotary_embedding", "sine_position_encoding", "start_end_packer", "token_and_position_embedding",
	"transformer_decoder", "transformer_encoder",
}
