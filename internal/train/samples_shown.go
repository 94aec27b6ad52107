package train

import (
	"context"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/pipeline"
)

// Sample is an example of a train's data as the model gets it: without augmentations, and with them as they are drawn in each
// of some epochs.
type Sample struct {
	Train, Dataset string
	Row            int // its number among all rows, or windows
	Columns        []SampleColumn
}

// SampleColumn is a feature or target of a sample, its elements in row-major order.
type SampleColumn struct {
	Name   string
	Target bool
	Shape  []int
	Before []float32
	After  [][]float32 // of each epoch
}

// Samples reads the data of the document's trains and returns some examples of the training split, in a shuffled order, as they are
// in the first epochs. Nothing is trained and nothing is written. Of o, Steps does not count, and Batch is the number of examples.
func Samples(ctx context.Context, o TimeOptions, epochs int) ([]Sample, hcl.Diagnostics, error) {
	s, diags, err := open(ctx, o.Settings, o.Load, func(p *Project) ([]*Unit, error) { return p.named(o.Only) }, nil)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	defer s.machine.Close()
	var out []Sample
	for _, u := range s.units {
		d := s.data[u.Train.Name]
		from := len(out)
		for pass := range epochs + 1 {
			// The order is that of the first epoch, and what is drawn is that of the pass: so each example is looked for.
			at := map[int]int{}
			for i := from; i < len(out); i++ {
				at[out[i].Row] = i
			}
			b := pipeline.BatchOptions{Split: pipeline.Train, BatchSize: o.Batch, Shuffle: true, Augment: pass > 0, Epoch: max(0, pass-1)}
			found := 0
			for batch, err := range d.Batches(ctx, b) {
				if err != nil {
					return nil, diags, err
				}
				for r, row := range batch.Rows {
					if pass == 0 {
						out = append(out, sampleOf(u, batch, r, int(row)))
						continue
					}
					i, ok := at[int(row)]
					if !ok {
						continue
					}
					found++
					for k, c := range sampleOf(u, batch, r, int(row)).Columns {
						out[i].Columns[k].After = append(out[i].Columns[k].After, c.Before)
					}
				}
				if pass == 0 || found == len(at) {
					break
				}
			}
		}
	}
	return out, diags, nil
}

// sampleOf copies row r of a batch.
func sampleOf(u *Unit, b *pipeline.Batch, r, row int) Sample {
	s := Sample{Train: u.Train.Name, Dataset: u.Train.Data.Name, Row: row}
	for k, list := range [][]pipeline.Tensor{b.Features, b.Targets} {
		for _, t := range list {
			c := SampleColumn{Name: t.Name, Target: k == 1, Shape: slices.Clone(t.Shape[1:])}
			n := max(len(t.F32), len(t.I32)) / b.Size
			for i := r * n; i < (r+1)*n; i++ {
				if t.I32 != nil {
					c.Before = append(c.Before, float32(t.I32[i]))
				} else {
					c.Before = append(c.Before, t.F32[i])
				}
			}
			s.Columns = append(s.Columns, c)
		}
	}
	return s
}
