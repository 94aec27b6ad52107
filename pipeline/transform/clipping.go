package transform

import (
	"math"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("clipping", func() Transform { return new(clipping) })

// clipping brings numbers between bounds.
type clipping struct{ low, high cty.Value }

func (t *clipping) Schema(b *schema.Block) {
	b.Doc("Brings numbers that are smaller or larger than bounds to the bounds.", "dlrun", "It is keras.ops.clip as a step of the data.")
	b.Value(&t.low, "min", "The lower bound; a list has one for each index of the last axis. Default: none.", isNumbers, schema.Optional())
	b.Value(&t.high, "max", "The upper bound, as min.", isNumbers, schema.Optional())
}

// Validate checks that the bounds leave something between them.
func (t *clipping) Validate() error {
	low, high := t.bounds()
	if t.low == cty.NilVal && t.high == cty.NilVal {
		return schema.Atf("min", "min, max or both are given")
	}
	for i := range max(len(low), len(high)) {
		if low[i%len(low)] > high[i%len(high)] {
			return schema.Atf("min", "min is %v and max is %v: nothing lies between", low[i%len(low)], high[i%len(high)])
		}
	}
	return nil
}

func (t *clipping) bounds() (low, high []float32) {
	low, high = []float32{float32(math.Inf(-1))}, []float32{float32(math.Inf(1))}
	if t.low != cty.NilVal {
		low = floats(t.low)
	}
	if t.high != cty.NilVal {
		high = floats(t.high)
	}
	return low, high
}

func (t *clipping) Out(in column.Field) (column.Field, error) {
	if err := numeric(in); err != nil {
		return in, err
	}
	if err := fitsLastAxis("min", t.low, in); err != nil {
		return in, err
	}
	return in.WithKind(column.Float32), fitsLastAxis("max", t.high, in)
}

// ByChannel is true: bounds belong to the last axis.
func (t *clipping) ByChannel(column.Field) bool { return true }

func (t *clipping) Apply(dst, src *column.Values) error {
	if err := column.Convert(dst, src); err != nil {
		return err
	}
	low, high := t.bounds()
	for i, x := range dst.F32 {
		dst.F32[i] = min(max(x, low[i%len(low)]), high[i%len(high)])
	}
	return nil
}
