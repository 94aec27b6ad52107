package optimizer

func init() {
	Registry.Planned("adafactor", "lamb", "loss_scale_optimizer", "muon", "schedule_free_adamw")
}
