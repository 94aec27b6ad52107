package f32conv2d

// bundleWidth is the most channels, and the most filters, of a bundle: a wide vector.
const bundleWidth = 16

// bundles are small groups taken together, n at a time, as one group whose kernel is zero where a filter and a channel are of different ones:
// then vectors are full.
type bundles struct {
	shape Shape // with the groups as they are
	n     int
}

// bundlesOf returns the shape whose groups are bundles of s's, or nil if they are too wide, or have kernels of their own.
func bundlesOf(s Shape) (Shape, *bundles) {
	cg, fg := s.cg(), s.fg()
	if s.Groups == 1 || cg == 1 && fg == 1 {
		return s, nil
	}
	n := min(s.Groups, bundleWidth/max(cg, fg))
	for n > 1 && s.Groups%n != 0 {
		n--
	}
	if n <= 1 {
		return s, nil
	}
	b := &bundles{s, n}
	s.Groups /= n
	return s, b
}

// groups is how many groups a bundle has.
func (b *bundles) groups() int {
	if b == nil {
		return 1
	}
	return b.n
}

// floats is what the kernel of the bundles takes.
func (b *bundles) floats() int {
	if b == nil {
		return 0
	}
	s := &b.shape
	return pad16(s.KH * s.KW * s.cg() * b.n * s.F)
}

// each calls f for each row of the kernel's cells and each group, with where its filters are in the groups' kernel and in the bundles'.
func (b *bundles) each(f func(own, bundled int)) {
	s := &b.shape
	cg, fg := s.cg(), s.fg()
	for cell := range s.KH * s.KW {
		for g := range s.Groups {
			for c := range cg {
				f((cell*cg+c)*s.F+g*fg, ((cell*b.n+g%b.n)*cg+c)*s.F+g*fg)
			}
		}
	}
}

// join makes the bundles' kernel.
func (b *bundles) join(weights, to []float32) {
	clear(to[:b.floats()])
	fg := b.shape.fg()
	b.each(func(own, bundled int) { copy(to[bundled:][:fg], weights[own:]) })
}

// part makes dw from that of the bundles.
func (b *bundles) part(from, dw []float32) {
	fg := b.shape.fg()
	b.each(func(own, bundled int) { copy(dw[own:][:fg], from[bundled:]) })
}

// begin returns the kernel to convolve with, for which it takes from scratch, and what is left of that.
func (b *bundles) begin(weights, scratch []float32) (kernel, left []float32) {
	n := b.floats()
	if n == 0 {
		return weights, scratch
	}
	b.join(weights, scratch[:n])
	return scratch[:n], scratch[n:]
}
