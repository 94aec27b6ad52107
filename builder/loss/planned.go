package loss

func init() {
	Registry.Planned("circle", "ctc")
}
