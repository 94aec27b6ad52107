package optimizer

func init() {
	Registry.Planned("loss_scale_optimizer")
}
