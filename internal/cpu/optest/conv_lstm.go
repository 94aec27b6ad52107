package optest

import "github.com/dlrun/dlrun/builder/op"

// films is a case of a convolutional recurrent operation, of states [depth, rows, wide, filters].
type films struct {
	op.ConvLSTM
	batch, time, depth, rows, wide, filters int
}

func convLSTMCase(name string, f films) Case {
	f.Strides, f.Same, f.Depth = [2]int{1, 1}, true, max(1, f.Depth)
	x := []int{f.batch, f.time, f.depth, f.rows, f.wide, 4 * f.filters}
	state := []int{f.batch, f.depth, f.rows, f.wide, f.filters}
	in := []Arg{Floats(x...), Floats(f.Size[0], f.Size[1], f.Depth*f.filters, 4*f.filters).From(-0.5, 0.5)}
	if f.Mask {
		m := make([]float64, f.batch*f.time)
		for i := range m {
			if i*7%5 < 3 {
				m[i] = 1
			}
		}
		in = append(in, Floats(f.batch, f.time).Values(m...))
	}
	if f.Dropout {
		d := make([]float64, 4*f.batch*f.depth*f.rows*f.wide*f.filters)
		for i := range d {
			if i*5%7 < 4 {
				d[i] = 1.75
			}
		}
		in = append(in, Floats(append([]int{4}, state...)...).Values(d...))
	}
	if f.Initial {
		in = append(in, Floats(state...), Floats(state...))
	}
	return Case{Name: "conv_lstm/" + name, Def: f.ConvLSTM, In: in, Want: f.want}
}

var usual = op.ConvLSTM{Activation: op.Unary{Fn: "tanh"}, Gate: op.Unary{Fn: "sigmoid"}}

// with changes the usual operation.
func with(change func(d *op.ConvLSTM), kh, kw int) op.ConvLSTM {
	d := usual
	d.Size = [2]int{kh, kw}
	change(&d)
	return d
}

var _ = Add(
	convLSTMCase("last", films{with(func(*op.ConvLSTM) {}, 3, 3), 2, 3, 1, 4, 3, 2}),
	convLSTMCase("sequences_states", films{with(func(d *op.ConvLSTM) { d.Sequences, d.States = true, true }, 2, 3), 3, 2, 1, 3, 4, 1}),
	convLSTMCase("backwards_initial", films{with(func(d *op.ConvLSTM) { d.Backwards, d.Sequences, d.Initial = true, true, true }, 1, 4), 2, 3, 1, 1, 5, 3}),
	convLSTMCase("aligned", films{with(func(d *op.ConvLSTM) { d.Backwards, d.Aligned, d.Sequences = true, true, true }, 3, 1), 2, 3, 1, 4, 1, 2}),
	convLSTMCase("depth", films{with(func(d *op.ConvLSTM) { d.Depth, d.Sequences = 3, true }, 2, 2), 2, 2, 3, 2, 3, 2}),
	convLSTMCase("even_depth_states", films{with(func(d *op.ConvLSTM) { d.Depth, d.States, d.Initial = 2, true, true }, 3, 2), 1, 3, 4, 3, 2, 1}),
	convLSTMCase("masked", films{with(func(d *op.ConvLSTM) { d.Mask, d.Sequences = true, true }, 3, 3), 3, 4, 1, 3, 3, 2}),
	convLSTMCase("masked_zeros", films{with(func(d *op.ConvLSTM) { d.Mask, d.Sequences, d.ZeroMasked, d.States = true, true, true, true }, 1, 1), 3, 4, 1, 2, 3, 2}),
	convLSTMCase("dropout", films{with(func(d *op.ConvLSTM) { d.Dropout, d.Sequences = true, true }, 3, 2), 2, 3, 1, 3, 4, 2}),
	convLSTMCase("dropout_depth", films{with(func(d *op.ConvLSTM) { d.Dropout, d.Depth, d.Initial = true, 2, true }, 2, 1), 2, 2, 3, 2, 2, 2}),
	convLSTMCase("relu_hard_sigmoid", films{with(func(d *op.ConvLSTM) {
		d.Activation, d.Gate = op.Unary{Fn: "softsign"}, op.Unary{Fn: "softplus"}
	}, 2, 2), 2, 3, 1, 3, 3, 3}),
	convLSTMCase("large", films{with(func(d *op.ConvLSTM) { d.Sequences = true }, 3, 3), 2, 2, 1, 13, 11, 9}),
	convLSTMCase("one_step", films{with(func(d *op.ConvLSTM) { d.Initial = true }, 5, 5), 1, 1, 1, 2, 2, 1}),
)

// want is the definition, by loops.
func (f films) want(in []Tensor) [][]float64 {
	mask, drop, first, _ := f.Inputs()
	rows := 1
	if f.Sequences {
		rows = f.time
	}
	if f.States {
		rows += 2
	}
	groups := f.Groups()
	y := Zeros(f.batch, rows, f.depth, f.rows, f.wide, f.filters)
	read := Zeros(f.batch, f.time, f.depth, f.rows, f.wide, f.Channels(f.filters))
	gates := Zeros(f.batch, f.time, f.depth, f.rows, f.wide, 4*f.filters)
	before := Zeros(f.batch, f.time, f.depth, f.rows, f.wide, f.filters)
	act, gate := curveOf(f.Activation), curveOf(f.Gate)
	each := func(do func(d, i, j int)) {
		for d := range f.depth {
			for i := range f.rows {
				for j := range f.wide {
					do(d, i, j)
				}
			}
		}
	}
	for b := range f.batch {
		var h, c Tensor
		h, c = Zeros(f.depth, f.rows, f.wide, f.filters), Zeros(f.depth, f.rows, f.wide, f.filters)
		if f.Initial {
			n := len(h.V)
			copy(h.V, in[first].V[b*n:][:n])
			copy(c.V, in[first+1].V[b*n:][:n])
		}
		put := func(row int, from Tensor) { copy(y.V[(b*rows+row)*len(from.V):], from.V) }
		for k := range f.time {
			t := k
			if f.Backwards {
				t = f.time - 1 - k
			}
			each(func(d, i, j int) {
				for g := range groups {
					for q := range f.Depth {
						from := d + q - (f.Depth-1)/2
						for e := range f.filters {
							if from < 0 || from >= f.depth {
								continue
							}
							v := h.At(from, i, j, e)
							if f.Dropout {
								v *= in[drop].At(g, b, from, i, j, e)
							}
							read.V[read.Index(b, t, d, i, j, (g*f.Depth+q)*f.filters+e)] = v
						}
					}
				}
			})
			counts := !f.Mask || in[mask].At(b, t) != 0
			next, carry := Zeros(h.Shape...), Zeros(c.Shape...)
			each(func(d, i, j int) {
				for e := range f.filters {
					before.V[before.Index(b, t, d, i, j, e)] = c.At(d, i, j, e)
				}
				if !counts {
					return
				}
				z := make([]float64, 4*f.filters)
				for e := range z {
					z[e] = in[0].At(b, t, d, i, j, e)
					part := f.Channels(f.filters) / groups
					from := 0
					if groups > 1 {
						from = e / f.filters * part
					}
					cells(f.Window, f.rows, f.wide, i, j, func(ky, kx, iy, ix int) {
						for p := range part {
							z[e] += read.At(b, t, d, iy, ix, from+p) * in[1].At(ky, kx, p, e)
						}
					})
					if e/f.filters == 2 {
						z[e] = act(z[e])
					} else {
						z[e] = gate(z[e])
					}
					gates.V[gates.Index(b, t, d, i, j, e)] = z[e]
				}
				for e := range f.filters {
					v := z[f.filters+e]*c.At(d, i, j, e) + z[e]*z[2*f.filters+e]
					carry.V[carry.Index(d, i, j, e)] = v
					next.V[next.Index(d, i, j, e)] = z[3*f.filters+e] * act(v)
				}
			})
			if counts {
				h, c = next, carry
			}
			out := h
			if !counts && f.ZeroMasked {
				out = Zeros(h.Shape...)
			}
			switch {
			case f.Sequences && f.Aligned:
				put(t, out)
			case f.Sequences:
				put(k, out)
			case k == f.time-1:
				put(0, out)
			}
		}
		if f.States {
			put(rows-2, h)
			put(rows-1, c)
		}
	}
	return [][]float64{y.V, read.V, gates.V, before.V}
}
