package callbacks

import (
	"encoding/json"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("backup_and_restore", func() Callback { return new(backupAndRestore) })

// backupAndRestore saves what fit -resume continues from.
type backupAndRestore struct {
	frequency
	dir    string
	double bool
	remove bool
}

func (c *backupAndRestore) Schema(b *schema.Block) {
	b.Doc("Saves what a run needs to be continued where it was.", "keras.callbacks.BackupAndRestore",
		"A run always saves at the end of each epoch; this callback can make it save within epochs. fit -resume continues from there with the same bits, whereas Keras begins the epoch again.",
		"Backups lie in the run directory. The last one and the one before it are kept, also when training is done, so that a run can be continued with more epochs.")
	b.String(&c.dir, "backup_dir", "The run directory's checkpoints; nothing else can stand here.", schema.Default("checkpoints"), schema.OneOf("checkpoints"))
	c.bind(b)
	b.Bool(&c.double, "double_checkpoint", "Accepted for Keras' sake: the backup before the last one is always kept.", schema.Default(true))
	b.Bool(&c.remove, "delete_checkpoint", "Accepted for Keras' sake: the last backups are kept when training ends.", schema.Default(false))
}

// StepEnd saves every so many steps.
func (c *backupAndRestore) StepEnd(Step) (Decision, error) {
	return Decision{Checkpoint: c.step()}, nil
}

// EpochEnd saves where epochs are asked for.
func (c *backupAndRestore) EpochEnd(Epoch) (Decision, error) {
	return Decision{Checkpoint: c.steps() == 0}, nil
}

// State is the number of steps since the last save.
func (c *backupAndRestore) State() (json.RawMessage, error) { return json.Marshal(c.seen) }

// Restore sets the state.
func (c *backupAndRestore) Restore(state json.RawMessage) error {
	return json.Unmarshal(state, &c.seen)
}
