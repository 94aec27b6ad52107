package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/internal/kernel/philox"
)

// Oversampling draws rows of the smaller classes again, until in an epoch's training all classes have as many as the largest:
// each row as often as all of its class, but for what does not divide, which is drawn. It is a function of (seed, epoch).

// oversample finds the classes of the train split.
func (p *opening) oversample(context.Context) error {
	target := p.d.Oversample
	if target == "" || p.o.State != nil { // a model that is trained already is measured
		return nil
	}
	if p.data.stream != nil {
		return errors.New(`oversample draws rows from anywhere, and data that is larger than its memory is read a part at a time; class_weight = "balanced" in train weighs the classes instead`)
	}
	i := slices.IndexFunc(p.data.lanes, func(ln *lane) bool { return ln.target && ln.decl.Name == target })
	if i < 0 { // the model does not use it
		return fmt.Errorf("oversample names the target %q, which no output of the model is compared with", target)
	}
	ln := p.data.lanes[i]
	if size := ln.out.Size(); len(ln.out.Shape) > 1 || size > maxClasses {
		return fmt.Errorf("a row of target %q is %s, which is not one of some classes", target, ln.out.Describe())
	}
	err := p.data.eachClass(ln, func(row int32, class int) {
		for len(p.data.classes) <= class {
			p.data.classes = append(p.data.classes, nil)
		}
		p.data.classes[class] = append(p.data.classes[class], row)
	})
	if err != nil {
		return fmt.Errorf("target %q: %w", target, err)
	}
	if n := p.data.TrainingRows(); n > maxRows {
		return fmt.Errorf("with equally many rows of each class of %q an epoch has %d, and %d are the most", target, n, maxRows)
	}
	return nil
}

// largest is the number of rows of the largest class.
func (d *Data) largest() int {
	most := 0
	for _, rows := range d.classes {
		most = max(most, len(rows))
	}
	return most
}

// TrainingRows is how many rows an epoch of training goes through: those of the train split, some of them several times where the
// dataset says oversample.
func (d *Data) TrainingRows() int {
	if d.classes == nil {
		return d.Rows(Train)
	}
	n := 0
	for _, rows := range d.classes {
		if len(rows) > 0 {
			n += d.largest()
		}
	}
	return n
}

// oversampled are the rows of an epoch: those there are in their order, then those that are drawn again, class by class.
func (d *Data) oversampled(epoch int) []int32 {
	out := slices.Clone(d.splits[Train])
	most := d.largest()
	key := philox.NewKey(uint64(d.seed)).Derive(streamOversample).Derive(uint64(epoch))
	for class, rows := range d.classes {
		if len(rows) == 0 {
			continue
		}
		for range most/len(rows) - 1 {
			out = append(out, rows...)
		}
		drawn := slices.Clone(rows)
		philox.Shuffle(drawn, key.Derive(uint64(class)))
		out = append(out, drawn[:most%len(rows)]...)
	}
	return out
}
