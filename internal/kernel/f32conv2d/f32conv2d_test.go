package f32conv2d

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// crew runs tasks on that many goroutines.
type crew int

func (c crew) Workers() int { return int(c) }

func (c crew) For(n int, f func(task, worker int)) {
	var wg sync.WaitGroup
	for w := range int(c) {
		wg.Go(func() {
			for t := n - 1 - w; t >= 0; t -= int(c) {
				f(t, w)
			}
		})
	}
	wg.Wait()
}

// conv is a shape in the words of op.Window.
func conv(n, h, w, c, kh, kw, f, sh, sw, dh, dw int, same bool, groups int) Shape {
	s := Shape{N: n, H: h, W: w, C: c, KH: kh, KW: kw, F: f, StrideH: sh, StrideW: sw, DilationH: dh, DilationW: dw, Groups: groups}
	axis := func(n, k, stride, dil int) (out, before int) {
		ext := (k-1)*dil + 1
		if !same {
			return (n-ext)/stride + 1, 0
		}
		out = (n + stride - 1) / stride
		return out, max(0, (out-1)*stride+ext-n) / 2
	}
	s.OH, s.Top = axis(h, kh, sh, dh)
	s.OW, s.Left = axis(w, kw, sw, dw)
	return s
}

var shapes = []struct {
	name string
	s    Shape
}{
	{"one", conv(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, false, 1)},
	{"valid3", conv(2, 7, 9, 3, 3, 3, 16, 1, 1, 1, 1, false, 1)},
	{"same3", conv(3, 8, 8, 16, 3, 3, 16, 1, 1, 1, 1, true, 1)},
	{"wide", conv(2, 5, 6, 17, 3, 3, 47, 1, 1, 1, 1, true, 1)},
	{"stride2", conv(2, 9, 8, 5, 3, 3, 33, 2, 2, 1, 1, true, 1)},
	{"stride2-even", conv(2, 8, 8, 4, 3, 3, 8, 2, 2, 1, 1, true, 1)},
	{"stride3-of-2", conv(2, 11, 10, 3, 2, 2, 7, 3, 3, 1, 1, false, 1)},
	{"pointwise", conv(3, 7, 7, 19, 1, 1, 40, 1, 1, 1, 1, false, 1)},
	{"pointwise-stride", conv(3, 7, 8, 6, 1, 1, 32, 2, 2, 1, 1, true, 1)},
	{"five-by-two", conv(2, 12, 5, 2, 5, 2, 9, 2, 1, 1, 1, true, 1)},
	{"dilated", conv(2, 9, 11, 4, 3, 3, 16, 1, 1, 2, 3, true, 1)},
	{"dilated-stride", conv(2, 13, 12, 3, 3, 2, 6, 2, 3, 2, 2, true, 1)},
	{"groups", conv(2, 6, 7, 12, 3, 3, 18, 1, 1, 1, 1, true, 3)},
	{"groups-of-one", conv(2, 6, 6, 20, 3, 3, 20, 1, 1, 1, 1, true, 20)},
	{"depthwise", conv(3, 9, 11, 33, 3, 3, 33, 1, 1, 1, 1, true, 33)},
	{"depthwise-5x5-stride", conv(2, 10, 9, 8, 5, 5, 8, 2, 2, 1, 1, true, 8)},
	{"depthwise-dilated", conv(2, 12, 9, 3, 3, 2, 3, 1, 1, 2, 3, false, 3)},
	{"depthwise-gaps", conv(2, 9, 9, 16, 2, 2, 16, 3, 3, 1, 1, false, 16)},
	{"depthwise-one-cell", conv(2, 4, 5, 70, 1, 1, 70, 1, 1, 1, 1, false, 70)},
	{"depthwise-line", conv(3, 1, 90, 40, 1, 7, 40, 1, 1, 1, 1, true, 40)},
	{"multiplier", conv(2, 6, 6, 10, 3, 3, 20, 1, 1, 1, 1, true, 10)},
	{"groups-of-sixteen", conv(2, 5, 5, 32, 3, 3, 32, 2, 1, 1, 1, true, 2)},
	{"bundles", conv(2, 9, 8, 24, 3, 3, 48, 1, 1, 1, 1, true, 6)},
	{"bundles-one", conv(8, 12, 12, 8, 3, 3, 16, 1, 1, 1, 1, true, 4)},
	{"bundles-stride", conv(2, 9, 9, 12, 3, 2, 8, 2, 2, 1, 1, false, 4)},
	{"long", conv(1, 4, 5, 150, 3, 3, 10, 1, 1, 1, 1, true, 1)},
	{"deep", conv(1, 3, 3, 700, 1, 1, 5, 1, 1, 1, 1, false, 1)},
	{"line", conv(2, 1, 1500, 2, 1, 5, 4, 1, 1, 1, 1, true, 1)},
	{"tall", conv(1, 1200, 1, 2, 3, 1, 4, 1, 1, 1, 1, true, 1)},
	{"many", conv(70, 3, 3, 4, 2, 2, 3, 1, 1, 1, 1, true, 1)},
	{"larger-than-input", conv(2, 2, 3, 3, 7, 5, 4, 1, 1, 1, 1, true, 1)},
	{"rows", conv(1, 40, 60, 24, 3, 3, 5, 1, 1, 1, 1, true, 1)},
	{"tiles", conv(9, 8, 8, 16, 3, 3, 16, 1, 1, 1, 1, true, 1)},
	{"tiles-cut", conv(4, 15, 11, 19, 3, 3, 37, 1, 1, 1, 1, false, 1)},
	{"tiles-many-filters", conv(3, 15, 16, 9, 3, 3, 331, 1, 1, 1, 1, true, 1)},
	{"tiles-deep", conv(2, 16, 16, 700, 3, 3, 8, 1, 1, 1, 1, true, 1)},
	{"tiles-image", conv(1, 41, 67, 10, 3, 3, 12, 1, 1, 1, 1, true, 1)},
	{"tiles-row", conv(1, 4, 1000, 8, 3, 3, 8, 1, 1, 1, 1, true, 1)},
	{"gaps", conv(2, 9, 9, 2, 2, 2, 3, 4, 3, 1, 1, false, 1)},
}

// memory is a slice with a sentinel on either side, at an odd place in memory.
type memory struct{ all []float32 }

const guard = 37

var sentinel = math.Float32frombits(0x7fa12345)

func newMemory(n int) memory {
	m := memory{make([]float32, n+2*guard)}
	for i := range m.all {
		m.all[i] = sentinel
	}
	return m
}

func (m memory) data() []float32 { return m.all[guard : len(m.all)-guard : len(m.all)-guard] }

func (m memory) check(t *testing.T, what string) {
	t.Helper()
	for i := range guard {
		for _, k := range []int{i, len(m.all) - 1 - i} {
			if math.Float32bits(m.all[k]) != math.Float32bits(sentinel) {
				t.Fatalf("%s: element %d, outside, was written", what, k-guard)
			}
		}
	}
}

func random(n int, r *rand.Rand) memory {
	m := newMemory(n)
	for i := range m.data() {
		m.data()[i] = float32(r.NormFloat64())
	}
	return m
}

// operands of all three operations.
type operands struct{ x, w, b, y, dy memory }

func newOperands(s Shape) operands {
	r := rand.New(rand.NewPCG(1, 2))
	out := s.N * s.OH * s.OW * s.F
	return operands{
		random(s.N*s.H*s.W*s.C, r), random(s.KH*s.KW*s.C/s.Groups*s.F, r), random(s.F, r), random(out, r), random(out, r),
	}
}

// reference computes y, dx, dw, db in float64 by the definition.
func reference(s Shape, o operands, bias, relu bool) (y, dx, dw, db []float64) {
	y, dx = make([]float64, len(o.y.data())), make([]float64, len(o.x.data()))
	dw, db = make([]float64, len(o.w.data())), make([]float64, s.F)
	cg, fg := s.C/s.Groups, s.F/s.Groups
	at := 0
	for n := range s.N {
		for oy := range s.OH {
			for ox := range s.OW {
				for f := range s.F {
					sum := 0.0
					dz := float64(o.dy.data()[at])
					if relu && o.y.data()[at] <= 0 {
						dz = 0
					}
					for ky := range s.KH {
						for kx := range s.KW {
							iy, ix := oy*s.StrideH+ky*s.DilationH-s.Top, ox*s.StrideW+kx*s.DilationW-s.Left
							if iy < 0 || iy >= s.H || ix < 0 || ix >= s.W {
								continue
							}
							for c := range cg {
								xi := ((n*s.H+iy)*s.W+ix)*s.C + f/fg*cg + c
								wi := ((ky*s.KW+kx)*cg+c)*s.F + f
								sum += float64(o.x.data()[xi]) * float64(o.w.data()[wi])
								dx[xi] += dz * float64(o.w.data()[wi])
								dw[wi] += dz * float64(o.x.data()[xi])
							}
						}
					}
					db[f] += dz
					if bias {
						sum += float64(o.b.data()[f])
					}
					if relu {
						sum = max(sum, 0)
					}
					y[at] = sum
					at++
				}
			}
		}
	}
	return y, dx, dw, db
}

// results computes them here.
func results(t *testing.T, i isa.ISA, r par.Runner, s Shape, o operands, bias, relu bool) (y, dx, dw, db []float32) {
	t.Helper()
	my, mdx, mdw, mdb := newMemory(len(o.y.data())), newMemory(len(o.x.data())), newMemory(len(o.w.data())), newMemory(s.F)
	scratch := func(n int) memory { return newMemory(n) }
	f := NewForward(i, s, Options{Relu: relu})
	sc := scratch(f.Scratch(r.Workers()))
	var b []float32
	if bias {
		b = o.b.data()
	}
	f.Run(r, o.x.data(), o.w.data(), b, my.data(), sc.data())
	sc.check(t, "forward, scratch")
	my.check(t, "y")
	g := NewInputGrad(i, s, relu)
	sc = scratch(g.Scratch(r.Workers()))
	g.Run(r, o.dy.data(), o.y.data(), o.w.data(), mdx.data(), sc.data())
	sc.check(t, "input gradient, scratch")
	mdx.check(t, "dx")
	k := NewKernelGrad(i, s, relu, bias)
	sc = scratch(k.Scratch(r.Workers()))
	if bias {
		k.Run(r, o.x.data(), o.dy.data(), o.y.data(), mdw.data(), mdb.data(), sc.data())
	} else {
		k.Run(r, o.x.data(), o.dy.data(), o.y.data(), mdw.data(), nil, sc.data())
	}
	sc.check(t, "kernel gradient, scratch")
	mdw.check(t, "dw")
	mdb.check(t, "db")
	return my.data(), mdx.data(), mdw.data(), mdb.data()
}

func TestAgainstReference(t *testing.T) {
	for _, c := range shapes {
		for _, kind := range []struct{ bias, relu bool }{{false, false}, {true, true}, {true, false}} {
			t.Run(fmt.Sprintf("%s/%v/%v", c.name, kind.bias, kind.relu), func(t *testing.T) {
				o := newOperands(c.s)
				y, dx, dw, db := reference(c.s, o, kind.bias, kind.relu)
				var first [][]float32
				for _, i := range isa.All() {
					for _, r := range []par.Runner{par.Serial{}, crew(3)} {
						gy, gdx, gdw, gdb := results(t, i, r, c.s, o, kind.bias, kind.relu)
						got := [][]float32{gy, gdx, gdw, gdb}
						if !kind.bias {
							got = got[:3]
						}
						if first == nil {
							first = got
							for k, want := range [][]float64{y, dx, dw, db}[:len(got)] {
								near(t, [...]string{"y", "dx", "dw", "db"}[k], got[k], want)
							}
							continue
						}
						for k := range got {
							same(t, fmt.Sprintf("%s, %v, %d workers", [...]string{"y", "dx", "dw", "db"}[k], i, r.Workers()), got[k], first[k])
						}
					}
				}
			})
		}
	}
}

func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	scale := 1.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i, v := range want {
		if d := math.Abs(float64(got[i]) - v); !(d <= 2e-6*scale) {
			t.Fatalf("%s[%d] = %g, want %g", what, i, got[i], v)
		}
	}
}

func same(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i, v := range want {
		if math.Float32bits(got[i]) != math.Float32bits(v) {
			t.Fatalf("%s: element %d is %x, else %x", what, i, math.Float32bits(got[i]), math.Float32bits(v))
		}
	}
}

// TestExtremes gives values that overflow, vanish or are no numbers; results have the same bits everywhere and are never denormal.
func TestExtremes(t *testing.T) {
	s := conv(3, 9, 10, 5, 3, 3, 21, 1, 1, 1, 1, true, 1)
	r := rand.New(rand.NewPCG(3, 4))
	o := newOperands(s)
	for _, m := range []memory{o.x, o.w, o.b, o.y, o.dy} {
		for i := range m.data() {
			switch r.IntN(60) {
			case 0:
				m.data()[i] = float32(math.Inf(1))
			case 1:
				m.data()[i] = float32(math.NaN())
			case 2:
				m.data()[i] = 0x1p127
			default:
				m.data()[i] *= float32(math.Ldexp(1, -r.IntN(80)))
			}
		}
	}
	var first [][]float32
	for _, i := range isa.All() {
		y, dx, dw, db := results(t, i, par.Serial{}, s, o, true, true)
		got := [][]float32{y, dx, dw, db}
		if first == nil {
			first = got
		}
		for k, v := range got {
			same(t, fmt.Sprintf("result %d, %v", k, i), v, first[k])
			for e, x := range v {
				if a := math.Abs(float64(x)); a != 0 && a < 0x1p-126 {
					t.Fatalf("%v: element %d of result %d is denormal: %g", i, e, k, x)
				}
			}
		}
	}
}

// TestNothingToDo has no images.
func TestNothingToDo(t *testing.T) {
	s := conv(0, 5, 5, 3, 3, 3, 4, 1, 1, 1, 1, true, 1)
	_, _, dw, db := results(t, isa.Detect(), crew(2), s, newOperands(s), true, true)
	for _, v := range append(dw, db...) {
		if v != 0 {
			t.Fatalf("a gradient of nothing is %g", v)
		}
	}
}

func TestBuffersTooShort(t *testing.T) {
	s := conv(1, 5, 5, 3, 3, 3, 4, 1, 1, 1, 1, true, 1)
	p := NewForward(isa.Detect(), s, Options{})
	x, w, y, scratch := make([]float32, 75), make([]float32, 108), make([]float32, 100), make([]float32, p.Scratch(1))
	for name, run := range map[string]func(){
		"x":       func() { p.Run(par.Serial{}, x[1:], w, nil, y, scratch) },
		"kernel":  func() { p.Run(par.Serial{}, x, w[1:], nil, y, scratch) },
		"bias":    func() { p.Run(par.Serial{}, x, w, []float32{1, 2, 3}, y, scratch) },
		"y":       func() { p.Run(par.Serial{}, x, w, nil, y[1:], scratch) },
		"scratch": func() { p.Run(par.Serial{}, x, w, nil, y, scratch[1:]) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s too short: no panic", name)
				}
			}()
			run()
		}()
	}
}

// TestPlansFollowFromTheShape holds what decides about the bits against the other instruction sets', for shapes too large to compute here.
func TestPlansFollowFromTheShape(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		pick := func(of ...int) int { return of[r.IntN(len(of))] }
		c := pick(1, 3, 16, 20, 177, 512)
		groups := pick(1, 1, c)
		f := groups * pick(1, 5, 17, 33, 120)
		s := conv(pick(1, 7, 128), 1+r.IntN(60), 1+r.IntN(60), c, 1+r.IntN(3), 1+r.IntN(3), f, 1+r.IntN(2), 1+r.IntN(2), 1, 1, true, groups)
		key := func(i isa.ISA) string {
			k, f, g := NewKernelGrad(i, s, true, true), NewForward(i, s, Options{Relu: true}), NewInputGrad(i, s, true)
			out := fmt.Sprint(k.boxes, k.parts)
			if f.winograd != nil {
				w := k.winograd
				return out + fmt.Sprint(f.winograd.depths, g.winograd != nil, w.boxes, w.parts)
			}
			out += fmt.Sprint(f.slider.blocks)
			for _, c := range g.classes {
				out += fmt.Sprint(c.blocks)
			}
			return out
		}
		want := key(isa.Generic)
		for _, i := range isa.All() {
			if got := key(i); got != want {
				t.Fatalf("%+v: %v plans %s, generic %s", s, i, got, want)
			}
		}
	}
}
