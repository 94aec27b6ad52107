package loss

func init() {
	Registry.Planned("categorical_focal_crossentropy", "categorical_generalized_cross_entropy", "categorical_hinge", "circle",
		"cosine_similarity", "ctc", "dice", "tversky")
}
