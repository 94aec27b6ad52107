package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(recurrentCases(simpleRNNCase)...)

func simpleRNNCase(name string, r recurrent) Case {
	r.gates, r.states, r.step = 1, 1, simpleRNNStep
	r.bias = []int{r.units}
	return Case{Name: "simple_rnn/" + name, Def: op.SimpleRNN{Recurrent: r.Recurrent}, In: r.args(), Want: r.want}
}

func simpleRNNStep(c *recurrentStep) {
	h := c.state[0]
	for j := range c.gates {
		c.gates[j] = c.act(c.x[j] + c.times(h, j))
	}
	copy(h, c.gates)
}
