package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/safetensors"
)

const (
	checkpointFormat = 1
	keptCheckpoints  = 2 // the newest, and one to fall back to
)

// A Checkpoint is all state that survives a step. A run that goes on from it ends with the same bits as one that was
// never stopped.
type Checkpoint struct {
	Dlrun     string // version of the program
	Epoch     int    // epochs that are complete
	EpochStep int    // batches done in the epoch after those
	Step      int64  // optimizer steps over the whole run

	Weights   []safetensors.Tensor // trainable or not, by Keras' names
	Optimizer []safetensors.Tensor // slots
	Metrics   []safetensors.Tensor // accumulators of the epoch under way, float64
	Callbacks []CallbackState

	// Loop is what else the training loop declares.
	Loop json.RawMessage

	// Logs gives the size in bytes, at the checkpoint, of log files besides the run's own, which callbacks write; a
	// relative path is one in the run directory. OpenLogs cuts them back.
	Logs map[string]int64
}

// CallbackState is what one callback declares: a small JSON value, and arrays such as the best weights so far.
type CallbackState struct {
	Name   string
	State  json.RawMessage
	Arrays []safetensors.Tensor
}

// checkpointIndex is the index of a checkpoint's archive.
type checkpointIndex struct {
	Format    int              `json:"format"`
	Dlrun     string           `json:"dlrun_version"`
	Epoch     int              `json:"epoch"`
	EpochStep int              `json:"epoch_step"`
	Step      int64            `json:"step"`
	Loop      json.RawMessage  `json:"loop,omitempty"`
	Callbacks []callbackIndex  `json:"callbacks,omitempty"`
	Logs      map[string]int64 `json:"logs,omitempty"`
	Entries   []indexEntry     `json:"entries"`
}

type callbackIndex struct {
	Name   string          `json:"name"`
	State  json.RawMessage `json:"state,omitempty"`
	Arrays string          `json:"arrays"` // name of the entry
}

const (
	weightsEntry   = "weights.safetensors"
	optimizerEntry = "optimizer.safetensors"
	metricsEntry   = "metrics.safetensors"
)

func callbackEntry(i int) string { return fmt.Sprintf("callbacks/%04d.safetensors", i) }

func tensorsEntry(name string, tensors []safetensors.Tensor) archiveEntry {
	return archiveEntry{name, func(w io.Writer) error { return safetensors.Write(w, tensors) }}
}

// WriteCheckpoint replaces the file at path by c, after reading it back to see that it is whole.
func WriteCheckpoint(path string, c *Checkpoint) error {
	if c.Epoch < 0 || c.EpochStep < 0 || c.Step < 0 {
		return fmt.Errorf("write %s: epoch %d, step %d of the epoch, step %d: none may be negative", path, c.Epoch, c.EpochStep, c.Step)
	}
	index := checkpointIndex{
		Format: checkpointFormat, Dlrun: c.Dlrun,
		Epoch: c.Epoch, EpochStep: c.EpochStep, Step: c.Step, Loop: c.Loop, Logs: c.Logs,
	}
	entries := []archiveEntry{
		tensorsEntry(weightsEntry, c.Weights),
		tensorsEntry(optimizerEntry, c.Optimizer),
		tensorsEntry(metricsEntry, c.Metrics),
	}
	for i, s := range c.Callbacks {
		// Numbered, because a callback's name need not be one of a file.
		name := callbackEntry(i)
		index.Callbacks = append(index.Callbacks, callbackIndex{s.Name, s.State, name})
		entries = append(entries, tensorsEntry(name, s.Arrays))
	}
	return durable.WriteChecked(path, func(w io.Writer) error {
		return writeArchive(w, entries, func(list []indexEntry) any {
			index.Entries = list
			return index
		})
	}, verifyArchive)
}

func verifyArchive(path string) error { return readArchiveFile(path, (*archive).verify) }

// ReadCheckpoint reads the file at path and checks it against its hashes.
func ReadCheckpoint(path string) (*Checkpoint, error) {
	c := new(Checkpoint)
	if err := readArchiveFile(path, c.read); err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	return c, nil
}

func (c *Checkpoint) read(a *archive) error {
	var index checkpointIndex
	if err := json.Unmarshal(a.index, &index); err != nil {
		return fmt.Errorf("%s: %w", indexName, err)
	}
	if index.Format != checkpointFormat {
		return fmt.Errorf("the checkpoint has format %d; this version reads format %d", index.Format, checkpointFormat)
	}
	if index.Epoch < 0 || index.EpochStep < 0 || index.Step < 0 {
		return fmt.Errorf("%s: a counter is negative", indexName)
	}
	*c = Checkpoint{
		Dlrun: index.Dlrun, Epoch: index.Epoch, EpochStep: index.EpochStep, Step: index.Step,
		Loop: index.Loop, Logs: index.Logs,
	}
	var err error
	if c.Weights, err = a.tensors(weightsEntry); err != nil {
		return err
	}
	if c.Optimizer, err = a.tensors(optimizerEntry); err != nil {
		return err
	}
	if c.Metrics, err = a.tensors(metricsEntry); err != nil {
		return err
	}
	for i, s := range index.Callbacks {
		if s.Arrays != callbackEntry(i) { // each its own, or a small file could ask for much memory
			return fmt.Errorf("%s: the arrays of %q are in %q, not in %s", indexName, s.Name, s.Arrays, callbackEntry(i))
		}
		arrays, err := a.tensors(s.Arrays)
		if err != nil {
			return err
		}
		c.Callbacks = append(c.Callbacks, CallbackState{s.Name, s.State, arrays})
	}
	return nil
}

// tensors returns the tensors of one entry.
func (a *archive) tensors(name string) ([]safetensors.Tensor, error) {
	content, err := a.read(name)
	if err != nil {
		return nil, err
	}
	tensors, err := safetensors.Parse(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return tensors, nil
}

// position orders checkpoints: the end of an epoch comes after its last step.
type position struct {
	step  int64
	epoch int
}

func (p position) after(q position) bool {
	return p.step > q.step || p.step == q.step && p.epoch > q.epoch
}

func (p position) fileName() string { return fmt.Sprintf("step-%08d-epoch-%04d.zip", p.step, p.epoch) }

// checkpoints returns the positions of the run's checkpoint files, newest first.
func (d *Dir) checkpoints() ([]position, error) {
	entries, err := os.ReadDir(d.File(CheckpointsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	var out []position
	for _, e := range entries {
		var p position
		if _, err := fmt.Sscanf(e.Name(), "step-%d-epoch-%d.zip", &p.step, &p.epoch); err != nil || p.fileName() != e.Name() {
			continue // not one of ours
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(p, q position) int {
		if p.after(q) {
			return -1
		}
		return 1
	})
	return out, nil
}

func (d *Dir) checkpointPath(p position) string {
	return filepath.Join(d.File(CheckpointsDir), p.fileName())
}

// SaveCheckpoint flushes the logs, writes c under checkpoints/, reads it back, and only then removes what is no longer
// needed: all but the newest and the one before it, damaged ones, and those of a future that was abandoned (later than
// c, which a fall-back had skipped). It returns the file's path.
func (d *Dir) SaveCheckpoint(c *Checkpoint) (string, error) {
	if d.logs != nil {
		if err := d.logs.Sync(); err != nil {
			return "", fmt.Errorf("save checkpoint: %w", err)
		}
	}
	for name := range c.Logs {
		if err := syncFile(d.logPath(name)); err != nil {
			return "", fmt.Errorf("save checkpoint: %w", err)
		}
	}
	if err := durable.MkdirAll(d.File(CheckpointsDir)); err != nil {
		return "", fmt.Errorf("save checkpoint: %w", err)
	}
	now := position{c.Step, c.Epoch}
	path := d.checkpointPath(now)
	if err := WriteCheckpoint(path, c); err != nil {
		return "", fmt.Errorf("save checkpoint: %w", err)
	}
	delete(d.damaged, now.fileName())
	all, err := d.checkpoints()
	if err != nil {
		return "", fmt.Errorf("save checkpoint: %w", err)
	}
	kept := 0
	for _, p := range all {
		if !p.after(now) && !d.damaged[p.fileName()] && kept < keptCheckpoints {
			kept++
			continue
		}
		if err := durable.Remove(d.checkpointPath(p)); err != nil {
			return "", fmt.Errorf("save checkpoint: %w", err)
		}
		delete(d.damaged, p.fileName())
	}
	return path, nil
}

func syncFile(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0) // Windows flushes only what is open for writing
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// Damage is a checkpoint that could not be used, and why.
type Damage struct {
	Path string
	Err  error
}

// LatestCheckpoint returns the newest checkpoint that is whole, with those it had to pass over, which the caller
// should tell the user. It is nil where nothing was saved. Where checkpoints are there but none is whole, that is an
// error: to start again would throw away a run that a person may still be able to rescue.
func (d *Dir) LatestCheckpoint() (*Checkpoint, []Damage, error) {
	all, err := d.checkpoints()
	if err != nil {
		return nil, nil, err
	}
	var damaged []Damage
	for _, p := range all {
		path := d.checkpointPath(p)
		c, err := ReadCheckpoint(path)
		if err == nil && (c.Step != p.step || c.Epoch != p.epoch) {
			err = fmt.Errorf("it is of step %d and epoch %d, which its name does not say", c.Step, c.Epoch)
		}
		if err == nil {
			return c, damaged, nil
		}
		// That the file cannot be opened or read says nothing about its content: falling back would lose it.
		if system := (*fs.PathError)(nil); errors.As(err, &system) {
			return nil, damaged, err
		}
		damaged = append(damaged, Damage{path, err})
		d.damaged[p.fileName()] = true
	}
	if len(damaged) > 0 {
		all := make([]error, len(damaged))
		for i, x := range damaged {
			all[i] = x.Err
		}
		return nil, damaged, fmt.Errorf("no checkpoint in %s is whole: %w", d.File(CheckpointsDir), errors.Join(all...))
	}
	return nil, nil, nil
}
