package f32vec

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// SGD takes a step of gradient descent: w = w - lr*g.
func SGD(i isa.ISA, w, g []float32, lr float32) {
	sameLen(len(w), len(g))
	Axpy(i, w, -lr, g)
}

// Momentum takes a step of gradient descent with momentum, as keras/src/optimizers/sgd.py:
//
//	m = momentum*m - lr*g
//	w = w + m                        or, with nesterov,
//	w = w + (momentum*m - lr*g)
func Momentum(i isa.ISA, w, m, g []float32, lr, momentum float32, nesterov bool) {
	sameLen(len(w), len(m), len(g))
	for n := vecMomentum(i, w, m, g, lr, momentum, nesterov); n < len(w); n++ {
		step := float32(lr * g[n])
		a := Flush(float32(momentum*m[n]) - step)
		m[n] = a
		if nesterov {
			a = float32(momentum*a) - step
		}
		w[n] = Flush(w[n] + a)
	}
}

// AdamArgs are the numbers of one step of Adam; those that follow from the step are computed by the caller.
type AdamArgs struct {
	Alpha         float32 // learning rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)
	OneMinusBeta1 float32
	OneMinusBeta2 float32
	Epsilon       float32
	Decay         float32 // weight decay * learning rate, taken off w first (AdamW); 0 for none
}

// Adam takes a step of Adam or AdamW, as keras/src/optimizers/adam.py:
//
//	w = w - w*decay                  unless decay is 0
//	m = m + (g - m)*(1 - beta_1)
//	v = v + (g*g - v)*(1 - beta_2)
//	w = w - m*alpha/(sqrt(v) + epsilon)
//
// With AMSGrad, vhat is not nil, vhat = max(vhat, v), and the last line has vhat in the place of v.
func Adam(i isa.ISA, w, m, v, vhat, g []float32, p AdamArgs) {
	sameLen(len(w), len(m), len(v), len(g))
	if vhat != nil {
		sameLen(len(w), len(vhat))
	}
	for n := vecAdam(i, w, m, v, vhat, g, &p); n < len(w); n++ {
		x := w[n]
		if p.Decay != 0 {
			x -= float32(x * p.Decay)
		}
		a := Flush(m[n] + float32((g[n]-m[n])*p.OneMinusBeta1))
		b := Flush(v[n] + float32((float32(g[n]*g[n])-v[n])*p.OneMinusBeta2))
		m[n], v[n] = a, b
		if vhat != nil {
			if vhat[n] > b {
				b = Flush(vhat[n])
			}
			vhat[n] = b
		}
		root := float32(math.Sqrt(float64(b)))
		w[n] = Flush(x - float32(a*p.Alpha)/(root+p.Epsilon))
	}
}
