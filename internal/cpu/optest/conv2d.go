package optest

import "github.com/dlrun/dlrun/builder/op"

func window(kh, kw, sh, sw int) op.Window {
	return op.Window{Size: [2]int{kh, kw}, Strides: [2]int{sh, sw}}
}

func same(w op.Window) op.Window { w.Same = true; return w }

func dilated(w op.Window, h, wd int) op.Window { w.Dilation = [2]int{h, wd}; return w }

func conv2DCase(name string, c op.Conv2D, n, h, w, ch, filters int) Case {
	if c.Groups == 0 {
		c.Groups = 1
	}
	in := []Arg{Floats(n, h, w, ch), Floats(c.Size[0], c.Size[1], ch/c.Groups, filters)}
	if c.Bias {
		in = append(in, Floats(filters))
	}
	return Case{Name: "conv2d/" + name, Def: c, In: in, Want: conv2D(c)}
}

var _ = Add(
	conv2DCase("valid", op.Conv2D{Window: window(3, 3, 1, 1)}, 2, 6, 5, 3, 4),
	conv2DCase("same_bias", op.Conv2D{Window: same(window(3, 2, 1, 1)), Bias: true}, 3, 5, 4, 2, 5),
	conv2DCase("same_even_strides", op.Conv2D{Window: same(window(4, 5, 2, 3)), Bias: true}, 2, 7, 10, 3, 2),
	conv2DCase("bias_relu", op.Conv2D{Window: window(2, 3, 2, 1), Bias: true, Relu: true}, 2, 7, 6, 1, 3),
	conv2DCase("relu", op.Conv2D{Window: same(window(3, 3, 1, 1)), Relu: true}, 1, 4, 4, 2, 2),
	conv2DCase("groups", op.Conv2D{Window: same(window(3, 3, 1, 1)), Groups: 2, Bias: true, Relu: true}, 2, 5, 6, 4, 6),
	conv2DCase("dilated_groups", op.Conv2D{Window: dilated(window(2, 3, 1, 1), 3, 2), Groups: 3}, 2, 8, 7, 3, 3),
	conv2DCase("dilated_same", op.Conv2D{Window: dilated(same(window(3, 3, 1, 1)), 2, 2), Bias: true}, 1, 6, 5, 2, 3),
	conv2DCase("one_cell", op.Conv2D{Window: window(1, 1, 1, 1), Bias: true}, 3, 4, 5, 6, 7),
	conv2DCase("one_cell_strides", op.Conv2D{Window: window(1, 1, 2, 2)}, 2, 5, 5, 3, 4),
	conv2DCase("wider_than_input", op.Conv2D{Window: same(window(7, 7, 1, 1))}, 1, 2, 3, 2, 2),
	conv2DCase("large", op.Conv2D{Window: same(window(3, 3, 1, 1)), Bias: true, Relu: true}, 5, 19, 21, 7, 18),
	conv2DCase("many_images", op.Conv2D{Window: window(3, 3, 1, 1), Bias: true}, 150, 4, 4, 3, 5),
)

// conv2D is the definition, by loops.
func conv2D(c op.Conv2D) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		x, w := in[0], in[1]
		n, h, wd := x.Shape[0], x.Shape[1], x.Shape[2]
		cg, filters := w.Shape[2], w.Shape[3]
		y := Zeros(n, c.Out(0, h), c.Out(1, wd), filters)
		at := 0
		for b := range n {
			for oy := range y.Shape[1] {
				for ox := range y.Shape[2] {
					for f := range filters {
						s := 0.0
						cells(c.Window, h, wd, oy, ox, func(ky, kx, iy, ix int) {
							for k := range cg {
								s += x.At(b, iy, ix, f/(filters/c.Groups)*cg+k) * w.At(ky, kx, k, f)
							}
						})
						if c.Bias {
							s += in[2].V[f]
						}
						if c.Relu {
							s = max(s, 0)
						}
						y.V[at] = s
						at++
					}
				}
			}
		}
		return [][]float64{y.V}
	}
}

// cells calls f for each cell below the window at position (oy, ox) that lies in the input.
func cells(w op.Window, h, wd, oy, ox int, f func(ky, kx, iy, ix int)) {
	pad := [2]int{}
	if w.Same {
		for a, n := range []int{h, wd} {
			d := max(1, w.Dilation[a])
			out := (n + w.Strides[a] - 1) / w.Strides[a]
			pad[a] = max((out-1)*w.Strides[a]+(w.Size[a]-1)*d+1-n, 0) / 2
		}
	}
	for ky := range w.Size[0] {
		for kx := range w.Size[1] {
			iy := oy*w.Strides[0] - pad[0] + ky*max(1, w.Dilation[0])
			ix := ox*w.Strides[1] - pad[1] + kx*max(1, w.Dilation[1])
			if iy >= 0 && iy < h && ix >= 0 && ix < wd {
				f(ky, kx, iy, ix)
			}
		}
	}
}
