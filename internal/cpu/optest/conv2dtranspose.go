package optest

import "github.com/dlrun/dlrun/builder/op"

func conv2DTransposeCase(name string, w op.Window, n, h, wd, ch, filters int) Case {
	return Case{
		Name: "conv2d_transpose/" + name, Def: op.Conv2DTranspose{Window: w},
		In: []Arg{Floats(n, h, wd, ch), Floats(w.Size[0], w.Size[1], filters, ch)}, Want: conv2DTranspose(w),
	}
}

var _ = Add(
	conv2DTransposeCase("strides", window(2, 3, 2, 1), 2, 3, 4, 3, 2),
	conv2DTransposeCase("one_cell", window(1, 1, 1, 1), 2, 3, 4, 3, 2),
	conv2DTransposeCase("gaps", window(1, 2, 2, 3), 1, 3, 2, 2, 3),
	conv2DTransposeCase("dilated", dilated(window(2, 3, 1, 1), 3, 2), 2, 3, 2, 2, 2),
	conv2DTransposeCase("large", window(3, 3, 2, 2), 5, 16, 15, 7, 9),
	conv2DTransposeCase("same", op.Window{Size: [2]int{4, 5}, Strides: [2]int{2, 1}, Same: true}, 2, 3, 4, 3, 2),
	conv2DTransposeCase("same_gaps", op.Window{Size: [2]int{1, 2}, Strides: [2]int{2, 3}, Same: true}, 1, 3, 2, 2, 3),
	conv2DTransposeCase("same_dilated", op.Window{Size: [2]int{2, 3}, Strides: [2]int{1, 2}, Dilation: [2]int{3, 2}, Same: true}, 2, 5, 4, 2, 2),
	conv2DTransposeCase("many_images", window(2, 2, 2, 2), 90, 3, 2, 3, 5),
)

// conv2DTranspose is the definition, by loops.
func conv2DTranspose(win op.Window) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		x, w := in[0], in[1]
		n, h, wd, ch := x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
		rows, cols, top, left := (h-1)*win.Strides[0]+win.Extent(0), (wd-1)*win.Strides[1]+win.Extent(1), 0, 0
		if win.Same {
			rows, cols = h*win.Strides[0], wd*win.Strides[1]
			top, left = max(0, win.Extent(0)-win.Strides[0])/2, max(0, win.Extent(1)-win.Strides[1])/2
		}
		y := Zeros(n, rows, cols, w.Shape[2])
		for b := range n {
			for iy := range h {
				for ix := range wd {
					for ky := range win.Size[0] {
						for kx := range win.Size[1] {
							oy, ox := iy*win.Strides[0]+ky*max(1, win.Dilation[0]), ix*win.Strides[1]+kx*max(1, win.Dilation[1])
							oy, ox = oy-top, ox-left
							if oy < 0 || oy >= rows || ox < 0 || ox >= cols {
								continue
							}
							for f := range w.Shape[2] {
								s := 0.0
								for c := range ch {
									s += x.At(b, iy, ix, c) * w.At(ky, kx, f, c)
								}
								y.V[y.Index(b, oy, ox, f)] += s
							}
						}
					}
				}
			}
		}
		return [][]float64{y.V}
	}
}
