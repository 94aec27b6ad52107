package gpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(bindLSTM, recurrent()...)
	_ = register(bindLSTMGrad, recurrent()...)
	_ = register(bindGRU, append(recurrent(), "ResetAfter")...)
	_ = register(bindGRUGrad, append(recurrent(), "ResetAfter")...)
	_ = register(bindSimpleRNN, recurrent()...)
	_ = register(bindSimpleRNNGrad, recurrent()...)
)

// plain launches a sequence of a cell whose step is one product with the whole recurrent kernel and one kernel.
func (c *cell) plain(kernel string, p cellParams) error {
	room := c.dropRoom(c.Dropout, c.gates)
	return c.forward(p, func(p cellParams) {
		c.times(p.h, p.ab, room, c.gates)
		each(c.b, kernel, c.batch*c.units, p)
	})
}

// plainGrad launches its gradient.
func (c *cell) plainGrad(kernel string, split bool) error {
	room := c.dropRoom(c.Dropout, c.gates)
	return c.backward(cellGradParams{}, split, 0, func(p cellGradParams) {
		each(c.b, kernel, c.batch*c.units, p)
		c.through(p, room, c.gates)
	})
}

func bindLSTM(d op.LSTM, b *Bound) error {
	c, err := b.cell(d.Recurrent, 4, 2)
	if err != nil {
		return err
	}
	return c.plain("lstm_step", cellParams{gates: b.Out[1].Ptr, states: b.Out[2].Ptr, cells: b.Out[3].Ptr})
}

func bindLSTMGrad(d op.LSTMGrad, b *Bound) error {
	c, err := b.cell(d.Recurrent, 4, 2)
	if err != nil {
		return err
	}
	return c.plainGrad("lstm_step_grad", false)
}

func bindSimpleRNN(d op.SimpleRNN, b *Bound) error {
	c, err := b.cell(d.Recurrent, 1, 1)
	if err != nil {
		return err
	}
	return c.plain("rnn_step", cellParams{gates: b.Out[1].Ptr, states: b.Out[2].Ptr})
}

func bindSimpleRNNGrad(d op.SimpleRNNGrad, b *Bound) error {
	c, err := b.cell(d.Recurrent, 1, 1)
	if err != nil {
		return err
	}
	return c.plainGrad("rnn_step_grad", false)
}

type gruResetParams struct {
	cellParams
	drop, inner Ptr
}

type gruResetGradParams struct {
	cellGradParams
	drop, inner Ptr
}

// candidateDrop is the dropout of the state on its way into the candidate.
func (c *cell) candidateDrop() Ptr {
	if c.drop == 0 {
		return 0
	}
	return c.drop + Ptr(4*2*c.batch*c.units)
}

func bindGRU(d op.GRU, b *Bound) error {
	c, err := b.cell(d.Recurrent, 3, 1)
	if err != nil {
		return err
	}
	p := cellParams{gates: b.Out[1].Ptr, states: b.Out[2].Ptr, more: b.Out[3].Ptr}
	if d.ResetAfter {
		if c.Bias {
			if p.bias = b.In[c.in.Bias].Ptr; !c.Projected {
				p.bias += Ptr(4 * 3 * c.units)
			}
		}
		return c.plain("gru_step", p)
	}
	room, inner := c.dropRoom(c.Dropout, 2), b.temporary(c.batch*c.units)
	return c.forward(p, func(p cellParams) {
		c.times(p.h, p.ab, room, 2)
		q := gruResetParams{p, c.candidateDrop(), inner}
		each(b, "gru_reset", c.batch*c.units, q)
		m := matrices(inner, b.In[1].Ptr+Ptr(4*2*c.units), p.ab+Ptr(4*2*c.units), c.batch, c.units, c.units, false, false)
		m.ldb, m.ldc = 3*c.units, 3*c.units
		b.multiplyInto(m)
		each(b, "gru_finish", c.batch*c.units, q)
	})
}

func bindGRUGrad(d op.GRUGrad, b *Bound) error {
	c, err := b.cell(d.Recurrent, 3, 1)
	if err != nil {
		return err
	}
	if d.ResetAfter {
		return c.plainGrad("gru_step_grad", true)
	}
	_, _, _, kept := c.GradInputs()
	room, inner := c.dropRoom(c.Dropout, 2), b.temporary(c.batch*c.units)
	return c.backward(cellGradParams{}, false, b.In[kept+2].Ptr, func(p cellGradParams) {
		each(b, "gru_candidate_grad", c.batch*c.units, p)
		m := matrices(p.rowDab+Ptr(4*2*c.units), b.In[1].Ptr+Ptr(4*2*c.units), inner, c.batch, c.units, c.units, false, true)
		m.lda, m.ldb = 3*c.units, 3*c.units
		b.multiplyInto(m)
		each(b, "gru_reset_grad", c.batch*c.units, gruResetGradParams{p, c.candidateDrop(), inner})
		c.through(p, room, 2)
	})
}
