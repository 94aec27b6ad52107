package train

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl"
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
func Predict(ctx context.Context, o PredictOptions) (rows int, diags hcl.Diagnostics, err error) {
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
	takes, err := b.takes()
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", o.Bundle, err)
	}
	data, err := pipeline.OpenInput(ctx, b.prep, o.Input, pipeline.Options{Workers: max(1, o.Threads), MemoryLimit: o.MemoryLimit / 3, CacheDir: o.CacheDir, Version: o.Version, Takes: takes})
	if err != nil {
		return 0, nil, err
	}
	model, err := b.modelOn(data.Signature())
	if err != nil {
		return 0, nil, fmt.Errorf("%s, for the rows of %s: %w", o.Bundle, o.Input, err)
	}
	m := &cpu.Machine{Pool: cpu.NewPool(o.Threads), ISA: o.ISA}
	defer m.Close()
	most := predictBatch
	if b.notes.Batch > 0 { // states go on from batch to batch, so these must be as they were
		most = b.notes.Batch
	}
	model.Batch = most
	size := 0
	e, _, err := engineOn(o.ofBundle(), &builder.Program{Model: model}, m, nil, o.MemoryLimit, o.note, func(e *engine) error {
		err := e.restore(b.bundle.Weights, false)
		if err != nil {
			return fmt.Errorf("%s: the weights do not fit the model: %w", o.Bundle, err)
		}
		size, err = e.predictSize(min(most, data.Rows(pipeline.Input)))
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	err = durable.WriteFile(o.Output, func(w io.Writer) error {
		buf := bufio.NewWriter(w)
		out := format(buf, b.bundle.Signature.Outputs)
		for batch, err := range data.Batches(ctx, pipeline.BatchOptions{Split: pipeline.Input, BatchSize: size}) {
			if err != nil {
				return err
			}
			if rows == 0 {
				if err := e.beginRows(batch.Size, out); err != nil {
					return err
				}
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

// model walks the bundle's model; axes that it leaves open have the sizes that they were trained with.
func (o *opened) model() (*builder.Model, error) {
	shapes := map[string]shape.Shape{}
	for _, in := range o.bundle.Signature.Inputs {
		shapes[in.Name] = shape.Shape(in.Shape)
	}
	walked, err := o.walk(shapes)
	if err != nil {
		return nil, err
	}
	return walked, sameOutputs(walked, o.bundle.Signature.Outputs)
}

// takes tells which shapes of a feature the model takes: any sizes of the axes that it leaves open.
func (o *opened) takes() (func(feature string, row []int) bool, error) {
	walked, err := o.model() // a bundle that is damaged is said to be, before any rows are read
	if err != nil {
		return nil, err
	}
	m := o.decl()
	open, _ := builder.Walk(o.doc, m) // for the axes that its inputs leave open; what is wrong in it, model has told
	return func(feature string, row []int) bool {
		for i, in := range open.Inputs {
			if s := in.Tensor.Spec; in.Name == feature && s.Known && !s.Shape.Full() {
				return s.Shape.Fits(shape.Shape(row)) && len(walked.Inputs[i].Tensor.Spec.Shape) == len(row)
			}
		}
		return false
	}, nil
}

// modelOn is the model for rows whose open axes have the sizes of those of the data.
func (o *opened) modelOn(data *pipeline.Signature) (*builder.Model, error) {
	shapes, same := map[string]shape.Shape{}, true
	for _, in := range o.bundle.Signature.Inputs {
		shapes[in.Name] = shape.Shape(in.Shape)
		for _, f := range data.Features {
			if f.Name == in.Name && len(f.Shape) == len(in.Shape) && !slices.Equal(f.Shape, []int(in.Shape)) {
				shapes[in.Name], same = shape.Shape(f.Shape), false
			}
		}
	}
	if same {
		return o.model()
	}
	return o.walk(shapes)
}

// decl is the model's block.
func (o *opened) decl() *dsl.Model {
	for _, m := range o.doc.Models {
		if m.Name == o.notes.Model {
			return m
		}
	}
	return nil
}

func (o *opened) walk(shapes map[string]shape.Shape) (*builder.Model, error) {
	m := o.decl()
	if m == nil {
		return nil, fmt.Errorf("its sources have no model %q", o.notes.Model)
	}
	walked, diags := builder.WalkOn(o.doc, m, shapes)
	if diags.HasErrors() {
		return nil, diags
	}
	return walked, walked.Complete()
}

// sameOutputs checks that a signature is that of a model.
func sameOutputs(m *builder.Model, signature []run.ModelOutput) error {
	if len(m.Outputs) != len(signature) {
		return fmt.Errorf("the model has %d outputs, the signature names %d", len(m.Outputs), len(signature))
	}
	for i, out := range m.Outputs {
		said, is := signature[i], openShape(out.Tensor.Spec.Shape)
		if said.Name != out.Name || !slices.Equal(said.Shape, is) {
			return fmt.Errorf("the model's output %q has shape %v, the signature says %q of shape %v", out.Name, is, said.Name, said.Shape)
		}
	}
	return nil
}

// predictSize is how many rows are predicted at once: as many as wanted, or less where memory is short.
func (e *engine) predictSize(wanted int) (int, error) {
	for size := wanted; ; size /= 2 {
		_, err := e.predictor(size)
		var short *memoryError
		var shortThere *gpuMemoryError
		if !errors.As(err, &short) && !errors.As(err, &shortThere) || size == 1 || e.program.Model.Stateful() {
			return size, err
		}
	}
}

// beginRows tells a writer what the outputs of a batch look like.
func (e *engine) beginRows(batch int, out rowWriter) error {
	s, err := e.predictor(batch)
	if err != nil {
		return err
	}
	var shapes []run.Shape
	for _, o := range s.outputs {
		shapes = append(shapes, run.Shape(o.Shape[1:]))
	}
	return out.begin(shapes)
}

// predictBatch writes the predictions of a batch.
func (e *engine) predictBatch(b *opened, data *pipeline.Data, batch *pipeline.Batch, out rowWriter) error {
	s, err := e.predictor(batch.Size)
	if err != nil {
		return err
	}
	err = e.feedFeatures(s, batch)
	if err == nil {
		err = s.program.Run(&cpu.Context{Step: e.predicted}) // each batch draws its own random numbers
	}
	e.predicted++
	if err != nil {
		return e.blame(err, s, batch, data)
	}
	values := make([][]float32, len(s.outputs))
	for i, o := range s.outputs {
		values[i] = append([]float32(nil), o.F...)
		for _, n := range o.I {
			values[i] = append(values[i], float32(n))
		}
		target := b.bundle.Signature.Outputs[i].Name
		if !b.prep.Has(target) && len(s.outputs) == 1 && len(b.data.Targets) == 1 {
			target = b.data.Targets[0].Name
		}
		b.prep.Invert(target, values[i])
	}
	row := make([][]float32, len(values))
	for r := 0; r < batch.Size; r++ {
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
