package initializer

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var _ = Register("orthogonal", func() Initializer { return new(orthogonal) })

// orthogonal makes a random matrix of orthogonal columns, or rows where they are fewer (Saxe et al.,
// 2014, arXiv:1312.6120).
type orthogonal struct {
	gain float64
	seeded
}

func (i *orthogonal) Schema(b *schema.Block) {
	b.Doc("A random matrix of orthogonal rows or columns, whichever are fewer.", "keras.initializers.Orthogonal",
		"A weight of more axes is a matrix of its last axis against all others.")
	b.Float(&i.gain, "gain", "Length of each row or column.", schema.Default(1.0))
	i.seeded.bind(b)
}

// Check refuses a weight of less than two axes.
func (i *orthogonal) Check(shape []int) error {
	if len(shape) < 2 {
		return fmt.Errorf("orthogonal fills weights of two or more axes, not one of shape %s", schema.List(shape))
	}
	return nil
}

// Fill makes the matrix Q of the QR decomposition of normal numbers, R's diagonal being positive.
func (i *orthogonal) Fill(w []float32, shape []int, key Key) error {
	if err := i.Check(shape); err != nil {
		return err
	}
	cols := shape[len(shape)-1]
	rows := 1
	for _, d := range shape[:len(shape)-1] {
		rows *= d
	}
	length, n := max(rows, cols), min(rows, cols)
	random := make([]float32, length*n)
	philox.Normal(random, i.random(key), 0, 0, 1)
	q := make([][]float64, n) // the vectors that become orthogonal
	for j := range q {
		q[j] = make([]float64, length)
		for k := range q[j] {
			q[j][k] = float64(random[k*n+j])
		}
	}
	if err := orthogonalize(q); err != nil {
		return err
	}
	for j, v := range q {
		for k, x := range v {
			at := k*cols + j
			if rows < cols {
				at = j*cols + k
			}
			w[at] = float32(i.gain * x)
		}
	}
	return nil
}

// orthogonalize makes the vectors orthogonal and of length 1, each keeping its direction as far as
// those before it leave (Gram and Schmidt, modified: in float64 random vectors stay orthogonal far
// below the float32 that is wanted).
func orthogonalize(q [][]float64) error {
	for j, v := range q {
		norm := math.Sqrt(dot(v, v))
		if norm == 0 {
			return fmt.Errorf("orthogonal drew vectors that depend on each other; another seed will do")
		}
		for k := range v {
			v[k] /= norm
		}
		for _, u := range q[j+1:] {
			d := dot(v, u)
			for k, x := range v {
				u[k] -= float64(d * x)
			}
		}
	}
	return nil
}

// dot adds along four lanes, so that the processor can work on several at once.
func dot(x, y []float64) float64 {
	var a, b, c, d float64
	y = y[:len(x)]
	k := 0
	for ; k+4 <= len(x); k += 4 {
		a += float64(x[k] * y[k])
		b += float64(x[k+1] * y[k+1])
		c += float64(x[k+2] * y[k+2])
		d += float64(x[k+3] * y[k+3])
	}
	for ; k < len(x); k++ {
		a += float64(x[k] * y[k])
	}
	return (a + b) + (c + d)
}
