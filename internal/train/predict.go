package train

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/pipeline"
)

// predictBatch is how many rows are predicted at once.
const predictBatch = 256

// PredictOptions are what dlrun predict was asked.
type PredictOptions struct {
	Settings
	Bundle string // model.dlrun
	Input  string // .npz or .csv: the features
	Output string // .csv or .json
}

// Predict applies a bundle to the rows of a file and writes what the model's outputs are: in csv a
// column for each element, OUTPUT or OUTPUT_i, and OUTPUT_class where class names are known; in json
// an object for each row. It returns the number of rows.
func Predict(ctx context.Context, o PredictOptions) (int, hcl.Diagnostics, error) {
	var format func(w io.Writer, outs []run.ModelOutput) rowWriter
	switch ext := strings.ToLower(filepath.Ext(o.Output)); ext {
	case ".csv":
		format = newCSV
	case ".json":
		format = newJSON
	default:
		return 0, nil, fmt.Errorf("output %q: predictions are written as .csv or .json", o.Output)
	}
	b, diags, err := openBundle(o.Bundle)
	if err != nil || diags.HasErrors() {
		return 0, diags, err
	}
	model, err := b.model()
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", o.Bundle, err)
	}
	data, err := pipeline.OpenInput(ctx, b.prep, o.Input, pipeline.Options{Workers: max(1, o.Threads), MemoryLimit: o.MemoryLimit / 3})
	if err != nil {
		return 0, nil, err
	}
	m := &cpu.Machine{Pool: cpu.NewPool(o.Threads), ISA: o.ISA}
	defer m.Close()
	e := newEngine(&builder.Program{Model: model}, m, nil)
	if err := e.restore(b.bundle.Weights, false); err != nil {
		return 0, nil, fmt.Errorf("%s: %w", o.Bundle, err)
	}
	rows := 0
	err = durable.WriteFile(o.Output, func(w io.Writer) error {
		buf := bufio.NewWriter(w)
		out := format(buf, b.bundle.Signature.Outputs)
		if err := out.begin(); err != nil {
			return err
		}
		for batch, err := range data.Batches(ctx, pipeline.BatchOptions{Split: pipeline.Input, BatchSize: predictBatch}) {
			if err != nil {
				return err
			}
			if err := e.predictBatch(b, data, batch, out); err != nil {
				return err
			}
			rows += batch.Size
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := out.end(); err != nil {
			return err
		}
		return buf.Flush()
	})
	return rows, nil, err
}

// ReadModel walks the model of a bundle, with what its preprocessing had learned.
func ReadModel(bundle string) (*builder.Model, hcl.Diagnostics, error) {
	o, diags, err := openBundle(bundle)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	m, err := o.model()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", bundle, err)
	}
	return m, nil, nil
}

// model walks the bundle's model.
func (o *opened) model() (*builder.Model, error) {
	for _, m := range o.doc.Models {
		if m.Name != o.notes.Model {
			continue
		}
		walked, diags := builder.Walk(o.doc, m)
		if diags.HasErrors() {
			return nil, diags
		}
		if len(walked.Outputs) != len(o.bundle.Signature.Outputs) {
			return nil, fmt.Errorf("the model has %d outputs, the signature names %d", len(walked.Outputs), len(o.bundle.Signature.Outputs))
		}
		return walked, walked.Complete()
	}
	return nil, fmt.Errorf("its sources have no model %q", o.notes.Model)
}

func (e *engine) predictBatch(b *opened, data *pipeline.Data, batch *pipeline.Batch, out rowWriter) error {
	s, err := e.predictor(batch.Size)
	if err != nil {
		return err
	}
	err = e.feedFeatures(s, batch)
	if err == nil {
		err = s.program.Run(new(cpu.Context))
	}
	if err != nil {
		return e.blame(err, s, batch, data)
	}
	values := make([][]float32, len(s.outputs))
	for i, o := range s.outputs {
		values[i] = append([]float32(nil), o.F...)
		target := b.bundle.Signature.Outputs[i].Name
		if !b.prep.Has(target) && len(s.outputs) == 1 && len(b.data.Targets) == 1 {
			target = b.data.Targets[0].Name
		}
		b.prep.Invert(target, values[i])
	}
	for r := 0; r < batch.Size; r++ {
		row := make([][]float32, len(values))
		for i, v := range values {
			n := len(v) / batch.Size
			row[i] = v[r*n : (r+1)*n]
		}
		if err := out.row(row); err != nil {
			return err
		}
	}
	return nil
}

// rowWriter writes predictions row by row.
type rowWriter interface {
	begin() error
	row(values [][]float32) error
	end() error
}

// class is the name of the class that the values of an output speak for.
func class(o run.ModelOutput, v []float32) (string, bool) {
	best := 0
	switch {
	case len(o.Classes) == 0:
		return "", false
	case len(v) == 1 && len(o.Classes) == 2: // one probability, or logit, of the second class
		if limit := float32(0.5); (o.FromLogits && v[0] > 0) || (!o.FromLogits && v[0] > limit) {
			best = 1
		}
	case len(v) == len(o.Classes):
		for i := range v {
			if v[i] > v[best] {
				best = i
			}
		}
	default:
		return "", false
	}
	return o.Classes[best], true
}

type csvRows struct {
	w    *csv.Writer
	outs []run.ModelOutput
}

func newCSV(w io.Writer, outs []run.ModelOutput) rowWriter {
	return &csvRows{w: csv.NewWriter(w), outs: outs}
}

func (c *csvRows) begin() error {
	var head []string
	for _, o := range c.outs {
		n := 1
		for _, d := range o.Shape {
			n *= d
		}
		if len(o.Shape) == 0 || n == 1 {
			head = append(head, o.Name)
		} else {
			for i := 0; i < n; i++ {
				head = append(head, fmt.Sprintf("%s_%d", o.Name, i))
			}
		}
		if _, ok := class(o, make([]float32, n)); ok {
			head = append(head, o.Name+"_class")
		}
	}
	return c.w.Write(head)
}

func (c *csvRows) row(values [][]float32) error {
	var cells []string
	for i, v := range values {
		for _, x := range v {
			cells = append(cells, strconv.FormatFloat(float64(x), 'g', -1, 32))
		}
		if name, ok := class(c.outs[i], v); ok {
			cells = append(cells, name)
		}
	}
	return c.w.Write(cells)
}

func (c *csvRows) end() error {
	c.w.Flush()
	return c.w.Error()
}

type jsonRows struct {
	w     io.Writer
	outs  []run.ModelOutput
	comma bool
}

func newJSON(w io.Writer, outs []run.ModelOutput) rowWriter { return &jsonRows{w: w, outs: outs} }

func (j *jsonRows) begin() error {
	_, err := io.WriteString(j.w, "[")
	return err
}

// number is a float32 in JSON: the shortest decimal, null where it is not finite.
type number float32

func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 32), nil
}

func (j *jsonRows) row(values [][]float32) error {
	sep := "\n"
	if j.comma {
		sep = ",\n"
	}
	j.comma = true
	var parts []string
	add := func(name string, v any) error {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		key, err := json.Marshal(name)
		parts = append(parts, string(key)+":"+string(text))
		return err
	}
	for i, v := range values {
		o := j.outs[i]
		nested, rest := nest(o.Shape, v)
		if len(rest) > 0 {
			nested, _ = nest(run.Shape{len(v)}, v)
		}
		if err := add(o.Name, nested); err != nil {
			return err
		}
		if name, ok := class(o, v); ok {
			if err := add(o.Name+"_class", name); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(j.w, sep+"{"+strings.Join(parts, ",")+"}")
	return err
}

// nest turns flat values into lists of the given shape.
func nest(s run.Shape, v []float32) (any, []float32) {
	if len(s) == 0 {
		if len(v) == 0 {
			return nil, nil
		}
		return number(v[0]), v[1:]
	}
	out := []any{}
	for i := 0; i < s[0]; i++ {
		var x any
		x, v = nest(s[1:], v)
		out = append(out, x)
	}
	return out, v
}

func (j *jsonRows) end() error {
	_, err := io.WriteString(j.w, "\n]\n")
	return err
}
