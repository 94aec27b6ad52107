package op

import "fmt"

// Window slides over the two middle axes, height and width, of values [batch, height, width,
// channels]. Sizes, strides and dilations are given for height, then width.
type Window struct {
	Size, Strides [2]int
	Dilation      [2]int // the distance of neighbouring cells; 0 is 1
	Same          bool   // padding "same": as many positions as strides fit in; else "valid": inside only
}

func (w Window) dilation(axis int) int { return max(1, w.Dilation[axis]) }

// Extent is how many cells the window covers along an axis, dilation included.
func (w Window) Extent(axis int) int { return (w.Size[axis]-1)*w.dilation(axis) + 1 }

// Out is the number of positions along an axis of n cells; 0 where the window does not fit.
func (w Window) Out(axis, n int) int {
	if w.Same {
		return (n + w.Strides[axis] - 1) / w.Strides[axis]
	}
	if n < w.Extent(axis) {
		return 0
	}
	return (n-w.Extent(axis))/w.Strides[axis] + 1
}

// Before is how many cells of padding come before the first of n. Where the padding is odd the
// larger half comes after, as in TensorFlow and Keras.
func (w Window) Before(axis, n int) int {
	if !w.Same {
		return 0
	}
	return max(0, (w.Out(axis, n)-1)*w.Strides[axis]+w.Extent(axis)-n) / 2
}

// positions is the output's height and width over x, of rank 4.
func (w Window) positions(x []int) (h, wd int, err error) {
	if len(x) != 4 {
		return 0, 0, fmt.Errorf("an input of shape %v has not got the axes batch, height, width, channels", x)
	}
	for a := range 2 {
		if w.Size[a] < 1 || w.Strides[a] < 1 || w.Dilation[a] < 0 {
			return 0, 0, fmt.Errorf("a window of %v with strides %v and dilation %v", w.Size, w.Strides, w.Dilation)
		}
		if x[1+a] < 1 || w.Out(a, x[1+a]) < 1 {
			return 0, 0, fmt.Errorf("a window of %v does not fit into an input of shape %v", w.Size, x)
		}
	}
	return w.Out(0, x[1]), w.Out(1, x[2]), nil
}
