package augment

import (
	"fmt"
	"math"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// factor is what Keras calls so: the bounds of a number to draw, given as two or as one that stands for both.
type factor struct {
	lo, hi float32
	given  bool
	v      cty.Value
}

// one says what a single number f stands for.
type one uint8

const (
	bothSides one = iota // from -f, or the least number allowed, to f
	plusMinus            // from -f to f
	fromZero             // from 0 to f
	alone                // f itself
)

// bind binds the argument; its numbers are from least to most.
func (f *factor) bind(b *schema.Block, name, help string, least, most float64, single one, opts ...schema.Option) {
	b.Value(&f.v, name, help, func(v cty.Value) (err error) {
		f.given = true
		f.lo, f.hi, err = bounds(v, least, most, single)
		return err
	}, opts...)
}

// draw returns a number between the bounds.
func (f *factor) draw(d *Draw) float32 { return d.Uniform(f.lo, f.hi) }

// bounds reads a factor.
func bounds(v cty.Value, least, most float64, single one) (lo, hi float32, err error) {
	wrong := fmt.Errorf("a number from %g to %g or a list of two is wanted, got %s", least, most, schema.Show(v))
	number := func(v cty.Value) (float32, bool) {
		if v.IsNull() || v.Type() != cty.Number {
			return 0, false
		}
		f, _ := v.AsBigFloat().Float64()
		return float32(f), f >= least && f <= most
	}
	if isList(v) {
		if v.LengthInt() != 2 {
			return 0, 0, wrong
		}
		list := v.AsValueSlice()
		a, ok := number(list[0])
		b, ok2 := number(list[1])
		if !ok || !ok2 {
			return 0, 0, wrong
		}
		return min(a, b), max(a, b), nil
	}
	f, ok := number(v)
	if !ok {
		return 0, 0, wrong
	}
	f = float32(math.Abs(float64(f)))
	switch single {
	case bothSides:
		return max(-f, float32(least)), f, nil
	case plusMinus:
		return -f, f, nil
	case fromZero:
		return 0, f, nil
	}
	return f, f, nil
}

func isList(v cty.Value) bool {
	return !v.IsNull() && v.CanIterateElements() && !v.Type().IsObjectType() && !v.Type().IsMapType()
}

// valueRange is the smallest and the largest value of a pixel.
type valueRange struct {
	lo, hi float32
	v      cty.Value
}

func (r *valueRange) bind(b *schema.Block) {
	b.Value(&r.v, "value_range", "The smallest and the largest value of a pixel, as in [0, 1] behind rescaling.", func(v cty.Value) (err error) {
		if !isList(v) {
			return fmt.Errorf("a list of two numbers is wanted, got %s", schema.Show(v))
		}
		if r.lo, r.hi, err = bounds(v, -math.MaxFloat32, math.MaxFloat32, alone); err == nil && r.lo == r.hi {
			err = fmt.Errorf("the two numbers are the same")
		}
		return err
	}, schema.Default([]float64{0, 255}))
}

// clip brings values into the range.
func (r *valueRange) clip(x []float32) {
	for i, v := range x {
		x[i] = min(max(v, r.lo), r.hi)
	}
}

// to255 takes a value of the range to 0 ... 255, and from255 back, as Keras computes it.
func (r *valueRange) to255(v float32) float32 {
	if r.lo == 0 && r.hi == 255 {
		return v
	}
	return float32((v - r.lo) / (r.hi - r.lo) * 255)
}

func (r *valueRange) from255(v float32) float32 {
	if r.lo == 0 && r.hi == 255 {
		return v
	}
	return float32(v/255*(r.hi-r.lo)) + r.lo
}

// to01 takes a value of the range to 0 ... 1, and from01 back.
func (r *valueRange) to01(v float32) float32   { return (v - r.lo) / (r.hi - r.lo) }
func (r *valueRange) from01(v float32) float32 { return float32(v*(r.hi-r.lo)) + r.lo }
