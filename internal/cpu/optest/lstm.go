package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(recurrentCases(lstmCase)...)

func lstmCase(name string, r recurrent) Case {
	r.gates, r.states, r.step = 4, 2, lstmStep
	r.bias = []int{4 * r.units}
	return Case{Name: "lstm/" + name, Def: op.LSTM{Recurrent: r.Recurrent}, In: r.args(), Want: r.want}
}

func lstmStep(c *recurrentStep) {
	h, u := c.state[0], len(c.state[0])
	for j := range c.gates {
		f := c.gate
		if j/u == 2 {
			f = c.act
		}
		c.gates[j] = f(c.x[j] + c.times(h, j))
	}
	for k := range u {
		in, forget, candidate, out := c.gates[k], c.gates[u+k], c.gates[2*u+k], c.gates[3*u+k]
		c.state[1][k] = forget*c.state[1][k] + in*candidate
		h[k] = out * c.act(c.state[1][k])
	}
}
