// Package spatial slides windows over one, two or three axes of values [batch, spatial axes..., channels]: convolutions,
// their transposes and pooling, made of the operations of two axes that the graph has. The layers and the functions of
// tensors both stand on it.
//
// The words used here: a cell is one place of the spatial axes, a plane all cells of one depth, a position a place of the
// window.
package spatial

import (
	"github.com/dlrun/dlrun/builder/op"
)

// Window is a window over the spatial axes.
type Window struct {
	Size, Strides []int
	Dilation      []int  // nil is 1 everywhere
	Padding       string // valid, same, or causal: padded before the first so that nothing sees what comes later
}

// Axis is the window along one spatial axis, as axis 0 of an op.Window.
func (w Window) Axis(i int) op.Window {
	o := op.Window{Size: [2]int{w.Size[i], 1}, Strides: [2]int{w.Strides[i], 1}, Dilation: [2]int{1, 1}, Same: w.Padding == "same"}
	if w.Dilation != nil {
		o.Dilation[0] = w.Dilation[i]
	}
	return o
}

// Causal is how many cells of padding come before the first where the padding is causal, else 0.
func (w Window) Causal(i int) int {
	if w.Padding != "causal" {
		return 0
	}
	return w.Axis(i).Extent(0) - 1
}

// Out is how often the window fits along spatial axis i of n cells; less than 1 where it does not.
func (w Window) Out(i, n int) int { return w.Axis(i).Out(0, n+w.Causal(i)) }

// Transposed is the part of all that the windows of a transposed convolution cover, (n-1)·stride + extent cells along axis i
// of n, that is the output: from begin on, size cells, zeros where it is longer. more is Keras' output_padding, nil where it
// was left out. After keras/src/backend/common/backend_utils.py: compute_conv_transpose_padding_args_for_jax.
func (w Window) Transposed(more []int, i, n int) (begin, size int) {
	a := w.Axis(i)
	extent, step := a.Extent(0), a.Strides[0]
	if w.Padding != "same" {
		size = (n-1)*step + max(extent, step)
		if more != nil {
			size = (n-1)*step + extent + more[i]
		}
		return 0, size
	}
	size = n * step
	pad := step + extent - 2
	if more != nil {
		size = (n-1)*step + extent%2 + more[i]
		pad = extent + extent%2 - 2 + more[i]
	}
	return extent - 1 - min(pad/2+pad%2, extent-1), size
}

// planes is the window over two spatial axes from the i-th on.
func (w Window) planes(i int) op.Window {
	a, b := w.Axis(i), w.Axis(i+1)
	return op.Window{
		Size: [2]int{a.Size[0], b.Size[0]}, Strides: [2]int{a.Strides[0], b.Strides[0]},
		Dilation: [2]int{a.Dilation[0], b.Dilation[0]}, Same: a.Same,
	}
}

// line is the window over one spatial axis as one over an image that is one cell high.
func (w Window) line() op.Window {
	a := w.Axis(0)
	return op.Window{
		Size: [2]int{1, a.Size[0]}, Strides: [2]int{1, a.Strides[0]}, Dilation: [2]int{1, a.Dilation[0]}, Same: a.Same,
	}
}

// reshaped is x in another shape.
func reshaped(g *op.Graph, x *op.Node, to ...int) *op.Node {
	if g.Err() != nil {
		return nil
	}
	return g.Apply(op.Reshape{To: to}, x)
}
