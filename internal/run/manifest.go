package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dlrun/dlrun/internal/durable"
)

// manifestFormat is the version of manifest.json's form.
const manifestFormat = 1

// maxManifest is the largest manifest that is read, in bytes.
const maxManifest = 256 << 20

// Status says how far a run has come. A run that was killed still says running.
type Status string

// The values of Status. A run whose checks failed is complete.
const (
	Running     Status = "running"
	Interrupted Status = "interrupted"
	Complete    Status = "complete"
	Failed      Status = "failed"
)

// A Manifest says what was run, on what, with what, and how it ended. Nothing in it is needed to predict.
type Manifest struct {
	Format        int        `json:"format"` // set by WriteManifest
	Name          string     `json:"name"`
	Train         string     `json:"train,omitempty"` // the train's name, where the file has several
	Status        Status     `json:"status"`
	Error         string     `json:"error,omitempty"` // why the status is failed
	Dlrun         string     `json:"dlrun_version"`
	Go            string     `json:"go_version"`
	Command       []string   `json:"command"`
	Seed          int64      `json:"seed"`
	Device        string     `json:"device"`    // the one that was used: cpu, cuda:0
	Precision     string     `json:"precision"` // the one that was used
	Machine       Machine    `json:"machine"`
	Started       time.Time  `json:"started"`
	Ended         *time.Time `json:"ended,omitempty"`
	Resumes       []Resume   `json:"resumes,omitempty"`
	Inputs        []Input    `json:"inputs"`
	Configuration Config     `json:"configuration"`
	Warnings      []string   `json:"warnings,omitempty"`
	Malformed     *Malformed `json:"malformed,omitempty"` // what of the data was passed over; nil for nothing
	Metrics       Metrics    `json:"metrics,omitempty"`   // of the weights that are saved
	Checks        []Check    `json:"checks,omitempty"`
}

// A Machine is what a run ran on.
type Machine struct {
	OS          string   `json:"os"`
	Arch        string   `json:"arch"`
	CPU         string   `json:"cpu,omitempty"`
	ISA         string   `json:"isa,omitempty"` // the kernels that were used
	Cores       int      `json:"cores"`
	Threads     int      `json:"threads"`
	MemoryBytes int64    `json:"memory_bytes,omitempty"`
	GPUs        []string `json:"gpus,omitempty"`
}

// A Resume is one continuation of a run.
type Resume struct {
	At      time.Time `json:"at"`
	Epoch   int       `json:"epoch"` // epochs that were complete
	Step    int64     `json:"step"`  // optimizer steps that were done
	Dlrun   string    `json:"dlrun_version"`
	Device  string    `json:"device,omitempty"` // that it went on
	Command []string  `json:"command"`
}

// Malformed is what was found wrong with the data and passed over, as on_error says.
type Malformed struct {
	Rows   int      `json:"rows"`             // left out
	Values int      `json:"values,omitempty"` // taken as missing
	Of     int      `json:"of"`               // rows that were read
	Notes  []string `json:"notes"`            // what is wrong with the first of them, and where
}

// A Check is the result of one check block.
type Check struct {
	Name    string `json:"name"`
	Passed  bool   `json:"passed"`
	Message string `json:"message,omitempty"` // the block's error_message where it did not pass
}

// WriteManifest replaces the file at path by m.
func WriteManifest(path string, m *Manifest) error {
	out := *m
	out.Format = manifestFormat
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(b.Bytes())
		return err
	})
}

// ReadManifest reads the file at path. A file that does not exist is fs.ErrNotExist.
func ReadManifest(path string) (*Manifest, error) {
	text, err := readLimited(path, maxManifest)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("read manifest: %s: %w", path, err)
	}
	if m.Format != manifestFormat {
		return nil, fmt.Errorf("read manifest: %s has format %d; this version reads format %d", path, m.Format, manifestFormat)
	}
	return m, nil
}

// readLimited returns the content of a regular file of at most limit bytes.
func readLimited(path string, limit int64) (_ []byte, err error) {
	f, size, err := durable.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if size > limit {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are read", path, size, limit)
	}
	return io.ReadAll(io.LimitReader(f, limit))
}
