package metric

func init() {
	Registry.Planned("binary_iou", "categorical_hinge", "concordance_correlation", "cosine_similarity", "f1_score", "false_negatives",
		"false_positives", "fbeta_score", "hinge", "iou", "mean", "mean_iou", "one_hot_iou", "one_hot_mean_iou", "pearson_correlation",
		"precision_at_recall", "r2_score", "recall_at_precision", "sensitivity_at_specificity", "specificity_at_sensitivity", "squared_hinge",
		"sum", "true_negatives", "true_positives")
}
