package callbacks

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("csv_logger", func() Callback { return new(csvLogger) })

// csvLogger writes a line of a table for each epoch, after keras/src/callbacks/csv_logger.py.
type csvLogger struct {
	filename  string
	separator string
	append    bool

	path  string
	state csvState
}

type csvState struct {
	Columns []string `json:"columns"` // nil before the first line
}

func (c *csvLogger) Schema(b *schema.Block) {
	b.Doc("Writes the numbers of each epoch to a CSV file.", "keras.callbacks.CSVLogger",
		"The column epoch counts from 0, as in Keras. What an epoch does not report is NA.")
	b.String(&c.filename, "filename", "The file, relative to the run directory.", schema.Default("training.csv"))
	b.String(&c.separator, "separator", "What stands between two columns.", schema.Default(","))
	b.Bool(&c.append, "append", "Whether to add to a file that is there already.", schema.Default(false))
}

// Validate checks names.
func (c *csvLogger) Validate() error {
	r, n := utf8.DecodeRuneInString(c.separator)
	if n == 0 || n != len(c.separator) || r == '"' || r == '\r' || r == '\n' || r == utf8.RuneError {
		return schema.Atf("separator", "one character is wanted, got %q", c.separator)
	}
	if c.filename == "" || strings.HasSuffix(c.filename, "/") {
		return schema.Atf("filename", "the name of a file is wanted, got %q", c.filename)
	}
	return nil
}

// LogFiles is the file.
func (c *csvLogger) LogFiles() []string { return []string{c.filename} }

// TrainBegin opens the file: to go on where a run is continued, else from nothing unless asked to
// append.
func (c *csvLogger) TrainBegin(r *Run) error {
	c.path = filepath.FromSlash(c.filename)
	if !filepath.IsAbs(c.path) {
		c.path = filepath.Join(r.Dir, c.path)
	}
	if err := os.MkdirAll(filepath.Dir(c.path), 0o777); err != nil {
		return fmt.Errorf("csv_logger: %w", err)
	}
	how := os.O_WRONLY | os.O_CREATE
	if !c.append && !r.Resuming {
		how |= os.O_TRUNC
	}
	f, err := os.OpenFile(c.path, how, 0o666)
	if err != nil {
		return fmt.Errorf("csv_logger: %w", err)
	}
	return f.Close()
}

// EpochEnd writes a line, and before the first one the names of the columns: those of this epoch,
// and their val_ where it reports none, since a later epoch may.
func (c *csvLogger) EpochEnd(e Epoch) (Decision, error) {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.Comma, _ = utf8.DecodeRuneInString(c.separator)
	f, err := os.OpenFile(c.path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return Decision{}, fmt.Errorf("csv_logger: %w", err)
	}
	err = func() error {
		if c.state.Columns == nil {
			c.state.Columns = columns(e.Logs)
			info, err := f.Stat()
			if err != nil {
				return err
			}
			if info.Size() == 0 {
				if err := w.Write(append([]string{"epoch"}, c.state.Columns...)); err != nil {
					return err
				}
			}
		}
		row := []string{strconv.Itoa(e.Epoch)}
		for _, name := range c.state.Columns {
			row = append(row, cell(e.Logs, name))
		}
		if err := w.Write(row); err != nil {
			return err
		}
		if w.Flush(); w.Error() != nil {
			return w.Error()
		}
		_, err := f.Write(text.Bytes())
		return err
	}()
	if err = errors.Join(err, f.Close()); err != nil {
		return Decision{}, fmt.Errorf("csv_logger: %w", err)
	}
	return Decision{}, nil
}

func columns(logs Logs) []string {
	var names []string
	validated := false
	for _, l := range logs {
		names = append(names, l.Name)
		validated = validated || strings.HasPrefix(l.Name, "val_")
	}
	slices.Sort(names)
	if !validated {
		for _, n := range names[:len(names):len(names)] {
			names = append(names, "val_"+n)
		}
	}
	return names
}

// cell writes a number as Python would.
func cell(logs Logs, name string) string {
	v, ok := logs.Get(name)
	switch {
	case !ok:
		return "NA"
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 32)
}

// State is the columns.
func (c *csvLogger) State() (json.RawMessage, error) { return json.Marshal(c.state) }

// Restore sets the state.
func (c *csvLogger) Restore(state json.RawMessage) error { return json.Unmarshal(state, &c.state) }
