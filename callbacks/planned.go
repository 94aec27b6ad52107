package callbacks

func init() {
	Registry.Planned("lambda_callback", "orbax_checkpoint", "remote_monitor")
}
