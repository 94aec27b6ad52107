package run

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/dlrun/dlrun/internal/durable"
)

// Limits of the logs that are read back, in bytes.
const (
	maxMetrics = 256 << 20 // all of metrics.jsonl
	maxLine    = 1 << 20   // one line of it or of steps.jsonl
)

// A Step is a line of steps.jsonl.
type Step struct {
	Step         int64   // from 1 over the whole run
	Loss         float32 // that step's own total, regularization included, before its update
	LearningRate float32
	Seconds      float64 // from asking for the batch to updated weights
}

// An Epoch is a line of metrics.jsonl.
type Epoch struct {
	Epoch   int // from 1; 0 for the last line, that of the test
	Metrics Metrics
}

// Logs appends to the logs of a run. Every line reaches the operating system before the call returns, so a killed
// process loses none; SaveCheckpoint flushes them to the disk. Not for use by several goroutines at once.
type Logs struct {
	dir     *Dir
	metrics *lineFile
	steps   *lineFile
	columns []string // of history.csv, without the epoch
	epoch   int      // the last one written
	step    int64
	line    []byte // reused: a step allocates nothing
}

// OpenLogs opens the logs to continue after the checkpoint c, or from nothing where c is nil. What was written later
// than c, and a line that a kill left half written, is cut off; so are the files in c.Logs. It may be called once.
func (d *Dir) OpenLogs(c *Checkpoint) (_ *Logs, err error) {
	if d.logs != nil {
		return nil, errors.New("the logs of this run directory are open already")
	}
	l := &Logs{dir: d}
	if c != nil {
		l.epoch, l.step = c.Epoch, c.Step
		for name, size := range c.Logs {
			if err := durable.Truncate(d.logPath(name), size); err != nil {
				return nil, fmt.Errorf("cut back log: %w", err)
			}
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if l.metrics, err = openCut(d.File(MetricsFile), "epoch", int64(l.epoch)); err != nil {
		return nil, err
	}
	if l.steps, err = openCut(d.File(StepsFile), "step", l.step); err != nil {
		return nil, err
	}
	if err := l.rewriteHistory(); err != nil {
		return nil, err
	}
	d.logs = l
	return l, nil
}

// logPath resolves a name in Checkpoint.Logs against the run directory.
func (d *Dir) logPath(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return d.File(name)
}

// A lineFile is a log that grows by whole lines.
type lineFile struct {
	file *os.File
	end  int64
}

// write appends a line. Where that fails half way (a full disk), the next one takes the torn one's place.
func (l *lineFile) write(line []byte) error {
	if _, err := l.file.WriteAt(line, l.end); err != nil {
		return errors.Join(err, l.file.Truncate(l.end))
	}
	l.end += int64(len(line))
	return nil
}

// openCut opens a log for appending after cutting it to the lines that begin with {"KEY":n, for n up to last.
func openCut(path, key string, last int64) (*lineFile, error) {
	keep, err := keptBytes(path, key, last)
	if err != nil {
		return nil, fmt.Errorf("cut back %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(keep); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &lineFile{f, keep}, nil
}

// keptBytes returns the length of the whole, well-formed lines at the start of a log whose number under key grows and
// is at most last. A log that does not exist has none.
func keptBytes(path, key string, last int64) (_ int64, err error) {
	f, _, err := durable.OpenRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var keep, before int64
	r := bufio.NewReaderSize(f, maxLine)
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
			return keep, nil // a torn line, or what no log of ours has
		}
		if err != nil {
			return 0, err
		}
		n, ok := lineNumber(line, key)
		if !ok || n <= before || n > last {
			return keep, nil
		}
		before = n
		keep += int64(len(line))
	}
}

// lineNumber returns the number that a line has under its first key.
func lineNumber(line []byte, key string) (int64, bool) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"`+key+`":`))
	if !ok || !json.Valid(line) {
		return 0, false
	}
	digits, _, _ := bytes.Cut(rest, []byte{','})
	digits, _, _ = bytes.Cut(digits, []byte{'}'})
	n, err := strconv.ParseInt(string(digits), 10, 64)
	return n, err == nil
}

// Step appends a line to steps.jsonl. Steps must grow.
func (l *Logs) Step(s Step) error {
	if s.Step <= l.step {
		return fmt.Errorf("%s: step %d follows step %d", StepsFile, s.Step, l.step)
	}
	b := append(l.line[:0], `{"step":`...)
	b = strconv.AppendInt(b, s.Step, 10)
	b = appendFloat32(append(b, `,"loss":`...), s.Loss)
	b = appendFloat32(append(b, `,"learning_rate":`...), s.LearningRate)
	b = appendFloat(append(b, `,"seconds":`...), math.Round(s.Seconds*1e6)/1e6, 64)
	l.line = append(b, "}\n"...)
	if err := l.steps.write(l.line); err != nil {
		return fmt.Errorf("%s: %w", StepsFile, err)
	}
	l.step = s.Step
	return nil
}

// Epoch appends the line of an epoch, counted from 1, to metrics.jsonl and history.csv: the epoch, loss, the other
// metrics of training in the order given, then those named val_*. Epochs must grow.
func (l *Logs) Epoch(epoch int, m Metrics) error {
	if epoch <= l.epoch {
		return fmt.Errorf("%s: epoch %d follows epoch %d", MetricsFile, epoch, l.epoch)
	}
	if err := l.append(epoch, m); err != nil {
		return err
	}
	l.epoch = epoch
	return nil
}

// Final appends the last line, which has no epoch: the test_* metrics of the weights that are saved.
func (l *Logs) Final(m Metrics) error { return l.append(0, m) }

func (l *Logs) append(epoch int, m Metrics) error {
	m, err := m.sorted()
	if err != nil {
		return err
	}
	b := append(l.line[:0], '{')
	if epoch > 0 {
		b = strconv.AppendInt(append(b, `"epoch":`...), int64(epoch), 10)
	}
	for i, x := range m {
		if i > 0 || epoch > 0 {
			b = append(b, ',')
		}
		if b, err = x.appendJSON(b); err != nil {
			return fmt.Errorf("%s: %w", MetricsFile, err)
		}
	}
	l.line = append(b, "}\n"...)
	if err := l.metrics.write(l.line); err != nil {
		return fmt.Errorf("%s: %w", MetricsFile, err)
	}
	for _, x := range m {
		if !slices.Contains(l.columns, x.Name) {
			return l.rewriteHistory()
		}
	}
	return l.appendHistory(Epoch{epoch, m})
}

// rewriteHistory makes history.csv from metrics.jsonl, with a column for every name in it.
func (l *Logs) rewriteHistory() error {
	epochs, err := ReadMetrics(l.dir.File(MetricsFile))
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	var all Metrics
	for _, e := range epochs {
		for _, x := range e.Metrics {
			if !seen[x.Name] {
				seen[x.Name] = true
				all = append(all, x)
			}
		}
	}
	if all, err = all.sorted(); err != nil {
		return fmt.Errorf("%s: %w", HistoryFile, err)
	}
	l.columns = nil
	for _, x := range all {
		l.columns = append(l.columns, x.Name)
	}
	return durable.WriteFile(l.dir.File(HistoryFile), func(w io.Writer) error {
		out := csv.NewWriter(w)
		if err := out.Write(append([]string{"epoch"}, l.columns...)); err != nil {
			return err
		}
		for _, e := range epochs {
			if err := out.Write(l.historyRow(e)); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	})
}

// historyRow leaves a field empty where the epoch has no such metric, or one that is not finite.
func (l *Logs) historyRow(e Epoch) []string {
	row := make([]string, 1+len(l.columns))
	if e.Epoch > 0 {
		row[0] = strconv.Itoa(e.Epoch)
	}
	for i, name := range l.columns {
		if v, ok := e.Metrics.Lookup(name); ok && finite(float64(v)) {
			row[1+i] = string(appendFloat32(nil, v))
		}
	}
	return row
}

// appendHistory opens the file for one line: while it is open, Windows would not let rewriteHistory replace it.
func (l *Logs) appendHistory(e Epoch) (err error) {
	f, err := os.OpenFile(l.dir.File(HistoryFile), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	if err := out.Write(l.historyRow(e)); err != nil {
		return fmt.Errorf("%s: %w", HistoryFile, err)
	}
	out.Flush()
	if _, err := f.Write(b.Bytes()); err != nil {
		return fmt.Errorf("%s: %w", HistoryFile, err)
	}
	return out.Error()
}

// Sync flushes the logs to the disk.
func (l *Logs) Sync() error { return errors.Join(l.metrics.file.Sync(), l.steps.file.Sync()) }

func (l *Logs) close() error {
	var err error
	for _, log := range []*lineFile{l.metrics, l.steps} {
		if log != nil {
			err = errors.Join(err, log.file.Sync(), log.file.Close())
		}
	}
	return err
}

// ReadMetrics reads a metrics.jsonl, which a run may be writing: a last line that is not finished is left out. A file
// that does not exist is fs.ErrNotExist.
func ReadMetrics(path string) ([]Epoch, error) {
	text, err := readLimited(path, maxMetrics)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	var out []Epoch
	for n := 1; ; n++ {
		line, rest, ok := bytes.Cut(text, []byte{'\n'})
		if !ok {
			return out, nil
		}
		text = rest
		var m Metrics
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, fmt.Errorf("read metrics: %s:%d: %w", path, n, err)
		}
		e := Epoch{Metrics: m}
		if len(m) > 0 && m[0].Name == "epoch" {
			number, ok := lineNumber(line, "epoch")
			if !ok || number < 1 || number > math.MaxInt32 {
				return nil, fmt.Errorf("read metrics: %s:%d: the epoch is no number from 1", path, n)
			}
			e.Epoch, e.Metrics = int(number), m[1:]
		}
		out = append(out, e)
	}
}
