package layer

func init() { Registry.Planned(planned...) }

// planned are the layers of Keras and KerasHub that there is no file for yet. A layer that gets its
// file leaves the list; a test says so.
var planned = []string{
	// images
	"aug_mix", "auto_contrast", "center_crop", "contrast_limited_adaptive_histogram_equalization", "cut_mix", "equalization",
	"max_num_bounding_boxes", "mix_up", "rand_augment", "random_brightness", "random_color_degeneration", "random_color_jitter",
	"random_contrast", "random_crop", "random_elastic_transform", "random_erasing", "random_flip", "random_gaussian_blur",
	"random_grayscale", "random_hue", "random_invert", "random_perspective", "random_posterization", "random_rotation",
	"random_saturation", "random_sharpness", "random_shear", "random_translation", "random_zoom", "resizing", "solarization",
	// tables, text and sound
	"category_encoding", "discretization", "hashed_crossing", "hashing", "integer_lookup", "mel_spectrogram",
	"pipeline", "stft_spectrogram", "string_lookup", "text_vectorization",
	// KerasHub
	"alibi_bias", "anchor_generator", "box_matcher", "cached_multi_head_attention", "f_net_encoder", "masked_lm_head",
	"masked_lm_mask_generator", "multi_segment_packer", "non_max_supression", "random_deletion",
	"random_swap", "sine_position_encoding", "start_end_packer",
}
