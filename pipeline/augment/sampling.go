package augment

import "github.com/dlrun/dlrun/dsl/schema"

// sampling is how the pixels of an image that was moved are read between, and outside of, those that there are. Keras:
// ops.image.affine_transform on JAX (jax.scipy.ndimage.map_coordinates).
type sampling struct {
	fillMode, interpolation string
	fill                    float64
}

// bind binds the arguments; a sampling without fill modes fills with fill_value.
func (s *sampling) bind(b *schema.Block, modes bool) {
	if modes {
		b.Enum(&s.fillMode, "fill_mode", "What fills places outside of the image.", []string{"reflect", "wrap", "constant", "nearest"}, schema.Default("reflect"))
	} else {
		s.fillMode = "constant"
	}
	b.Enum(&s.interpolation, "interpolation", "How a place between pixels is read.", []string{"bilinear", "nearest"}, schema.Default("bilinear"))
	b.Float(&s.fill, "fill_value", `The value that fill_mode "constant" fills with.`, schema.Default(0.0))
}

// fillNote explains the fill modes.
const fillNote = `Places outside of the image are filled: "reflect" is (d c b a | a b c d | d c b a), "wrap" (a b c d | a b c d | a b c d), "nearest" (a a a a | a b c d | d d d d), "constant" is fill_value.`

// fix brings an index into the image by the fill mode, or returns -1.
func (s *sampling) fix(i, size int) int {
	if uint(i) < uint(size) {
		return i
	}
	switch s.fillMode {
	case "nearest":
		return min(max(i, 0), size-1)
	case "wrap":
		return mod(i, size)
	case "reflect":
		if m := mod(i, 2*size); m < size {
			return m
		} else {
			return 2*size - 1 - m
		}
	}
	return -1
}

func mod(i, n int) int { return (i%n + n) % n }

// farthest bounds a coordinate, so that it fits in an integer however small an image is made.
const farthest = 1 << 24

// bounded is a coordinate within these bounds, also where it is no number, as a plane through infinity gives.
func bounded(x float32) float32 {
	if x >= -farthest && x <= farthest {
		return x
	}
	if x > 0 {
		return farthest
	}
	return -farthest
}

// below is the largest whole number that is not larger.
func below(x float32) int {
	x = bounded(x)
	i := int(x)
	if float32(i) > x {
		i--
	}
	return i
}

// nearest is the nearest whole number, of two the one farther from zero, as JAX.
func nearest(x float32) int {
	if x < 0 {
		return -nearest(-x)
	}
	n := below(x)
	if bounded(x)-float32(n) >= 0.5 {
		n++
	}
	return n
}

// tap is where one coordinate of the result reads along an axis: two neighbours and their weights. An index of -1 is outside of
// the image.
type tap struct {
	i0, i1 int
	w0, w1 float32
}

// tap is that of a coordinate on an axis of this size.
func (s *sampling) tap(at float32, size int) tap {
	if s.interpolation == "nearest" {
		return tap{i0: s.fix(nearest(at), size)}
	}
	at = bounded(at)
	n := below(at)
	up := at - float32(n)
	return tap{s.fix(n, size), s.fix(n+1, size), 1 - up, up}
}

// grid reads an image where its rows and columns stay rows and columns: row y of the result at rows[y], column x at cols[x].
func (s *sampling) grid(dst, src []float32, w, c int, rows, cols []tap) {
	for y, r := range rows {
		out := dst[y*len(cols)*c : (y+1)*len(cols)*c]
		if s.interpolation == "nearest" {
			for x, q := range cols {
				s.pixel(out[x*c:(x+1)*c], src, r, q, w, c)
			}
			continue
		}
		if r.i0 < 0 || r.i1 < 0 {
			for x, q := range cols {
				s.blend(out[x*c:(x+1)*c], src, r, q, w, c)
			}
			continue
		}
		top, bottom := src[r.i0*w*c:(r.i0+1)*w*c], src[r.i1*w*c:(r.i1+1)*w*c]
		for x, q := range cols {
			if q.i0 < 0 || q.i1 < 0 {
				s.blend(out[x*c:(x+1)*c], src, r, q, w, c)
				continue
			}
			w00, w01, w10, w11 := r.w0*q.w0, r.w0*q.w1, r.w1*q.w0, r.w1*q.w1
			mix4(out[x*c:(x+1)*c], top[q.i0*c:], top[q.i1*c:], bottom[q.i0*c:], bottom[q.i1*c:], w00, w01, w10, w11)
		}
	}
}

// mix4 writes a weighted sum of four pixels.
func mix4(out, p00, p01, p10, p11 []float32, w00, w01, w10, w11 float32) {
	if len(out) == 3 && len(p00) >= 3 && len(p01) >= 3 && len(p10) >= 3 && len(p11) >= 3 {
		out[0] = float32(float32(float32(p00[0]*w00)+float32(p01[0]*w01))+float32(p10[0]*w10)) + float32(p11[0]*w11)
		out[1] = float32(float32(float32(p00[1]*w00)+float32(p01[1]*w01))+float32(p10[1]*w10)) + float32(p11[1]*w11)
		out[2] = float32(float32(float32(p00[2]*w00)+float32(p01[2]*w01))+float32(p10[2]*w10)) + float32(p11[2]*w11)
		return
	}
	n := len(out)
	p00, p01, p10, p11 = p00[:n], p01[:n], p10[:n], p11[:n]
	for i := range out {
		out[i] = float32(float32(float32(p00[i]*w00)+float32(p01[i]*w01))+float32(p10[i]*w10)) + float32(p11[i]*w11)
	}
}

// blend writes a pixel whose neighbours may be outside.
func (s *sampling) blend(out, src []float32, r, q tap, w, c int) {
	fill := float32(s.fill)
	w00, w01, w10, w11 := r.w0*q.w0, r.w0*q.w1, r.w1*q.w0, r.w1*q.w1
	for ch := range out {
		v := float32(w00 * at(src, r.i0, q.i0, w, c, ch, fill))
		v += float32(w01 * at(src, r.i0, q.i1, w, c, ch, fill))
		v += float32(w10 * at(src, r.i1, q.i0, w, c, ch, fill))
		v += float32(w11 * at(src, r.i1, q.i1, w, c, ch, fill))
		out[ch] = v
	}
}

// pixel writes one pixel as it is, or the fill value.
func (s *sampling) pixel(out, src []float32, r, q tap, w, c int) {
	if r.i0 < 0 || q.i0 < 0 {
		for i := range out {
			out[i] = float32(s.fill)
		}
		return
	}
	copy(out, src[(r.i0*w+q.i0)*c:])
}

func at(src []float32, y, x, w, c, ch int, fill float32) float32 {
	if y < 0 || x < 0 {
		return fill
	}
	return src[(y*w+x)*c+ch]
}

// matrix says where pixel (x, y) of the result is read: at (a0 x + a1 y + a2, b0 x + b1 y + b2) over c0 x + c1 y + 1.
type matrix struct{ a0, a1, a2, b0, b1, b2, c0, c1 float32 }

// apply reads an image of height h, width w and c channels as the matrix says.
func (s *sampling) apply(dst, src []float32, h, w, c int, m *matrix) {
	if m.c0 != 0 || m.c1 != 0 {
		s.perspective(dst, src, h, w, c, m)
		return
	}
	if m.a1 == 0 && m.b0 == 0 {
		var rowBuf, colBuf [64]tap
		rows, cols := rowBuf[:0], colBuf[:0]
		for y := range h {
			rows = append(rows, s.tap(float32(m.b1*float32(y))+m.b2, h))
		}
		for x := range w {
			cols = append(cols, s.tap(float32(m.a0*float32(x))+m.a2, w))
		}
		s.grid(dst, src, w, c, rows, cols)
		return
	}
	bilinear := s.interpolation != "nearest"
	for y := range h {
		// What the row adds to the coordinates is worked out once.
		px, py := float32(m.a1*float32(y)), float32(m.b1*float32(y))
		out := dst[y*w*c : (y+1)*w*c]
		for x := range w {
			fx, fy := float32(px+float32(m.a0*float32(x)))+m.a2, float32(py+float32(m.b0*float32(x)))+m.b2
			to := out[x*c : (x+1)*c]
			if !bilinear {
				s.pixel(to, src, tap{i0: s.fix(nearest(fy), h)}, tap{i0: s.fix(nearest(fx), w)}, w, c)
				continue
			}
			s.read(to, src, fx, fy, h, w, c)
		}
	}
}

// read writes the pixel at a place between pixels.
func (s *sampling) read(to, src []float32, fx, fy float32, h, w, c int) {
	ix, iy := below(fx), below(fy)
	if uint(ix) >= uint(w-1) || uint(iy) >= uint(h-1) {
		s.blend(to, src, s.tap(fy, h), s.tap(fx, w), w, c)
		return
	}
	ux, uy := fx-float32(ix), fy-float32(iy)
	vx, vy := 1-ux, 1-uy
	top := src[(iy*w+ix)*c:]
	bottom := src[((iy+1)*w+ix)*c:]
	mix4(to, top, top[c:], bottom, bottom[c:], vy*vx, vy*ux, uy*vx, uy*ux)
}

func (s *sampling) perspective(dst, src []float32, h, w, c int, m *matrix) {
	for y := range h {
		fy := float32(y)
		for x := range w {
			fx := float32(x)
			over := float32(float32(m.c0*fx)+float32(m.c1*fy)) + 1
			at := (float32(float32(m.a0*fx)+float32(m.a1*fy)) + m.a2) / over
			down := (float32(float32(m.b0*fx)+float32(m.b1*fy)) + m.b2) / over
			to := dst[(y*w+x)*c : (y*w+x+1)*c]
			if s.interpolation == "nearest" {
				s.pixel(to, src, tap{i0: s.fix(nearest(down), h)}, tap{i0: s.fix(nearest(at), w)}, w, c)
				continue
			}
			s.read(to, src, at, down, h, w, c)
		}
	}
}
