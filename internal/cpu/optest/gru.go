package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(append(recurrentCases(func(name string, r recurrent) Case { return gruCase("after/"+name, r, true) }),
	recurrentCases(func(name string, r recurrent) Case { return gruCase("before/"+name, r, false) })...)...)

func gruCase(name string, r recurrent, after bool) Case {
	r.gates, r.states = 3, 1
	r.bias = []int{3 * r.units}
	switch {
	case after && r.Projected:
		r.Bias = true // of the state's part
	case after:
		r.bias = []int{2, 3 * r.units}
	}
	r.step = func(c *recurrentStep) { gruStep(c, after) }
	return Case{Name: "gru/" + name, Def: op.GRU{Recurrent: r.Recurrent, ResetAfter: after}, In: r.args(), Want: r.want}
}

func gruStep(c *recurrentStep, after bool) {
	h, u := c.state[0], len(c.state[0])
	state := func(j int) float64 {
		s := c.times(h, j)
		if c.stateBias != nil {
			s += c.stateBias[j]
		}
		return s
	}
	for j := range 2 * u {
		c.gates[j] = c.gate(c.x[j] + state(j))
	}
	z, r := c.gates[:u], c.gates[u:2*u]
	if after {
		for k := range u {
			c.inner[k] = state(2*u + k)
			c.gates[2*u+k] = c.act(c.x[2*u+k] + r[k]*c.inner[k])
		}
	} else {
		for k := range u {
			c.inner[k] = r[k] * h[k] * c.drop(2, k)
		}
		for k := range u {
			s := c.x[2*u+k]
			for i, v := range c.inner {
				s += v * c.u.At(i, 2*u+k)
			}
			c.gates[2*u+k] = c.act(s)
		}
	}
	for k := range u {
		h[k] = z[k]*h[k] + (1-z[k])*c.gates[2*u+k]
	}
}
