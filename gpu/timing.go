package gpu

import (
	"errors"
	"time"

	"github.com/dlrun/dlrun/internal/plan"
)

// Steps are the steps of the plan, in order.
func (p *Program) Steps() []plan.Step { return p.plan.Steps }

// Read tells for each output of step i whether it is read.
func (p *Program) Read(i int) []bool {
	var out []bool
	for _, v := range p.plan.Steps[i].Out {
		out = append(out, p.plan.Values[v].Read)
	}
	return out
}

// Time makes every Run say in spent, which has one element for each of Steps, how long each step's launches took on the device. They are
// launched one by one then, not replayed as a graph; copies and what lies between launches count for none. Updates of many tensors that go
// into one launch count for the last. Without a clock, which is not read, it ends.
func (p *Program) Time(now func() time.Duration, spent []time.Duration) {
	p.spent = spent
	if now == nil {
		p.spent = nil
	}
}

// runTimed launches a step, with an event before each launch and after the last.
func (p *Program) runTimed() (err error) {
	drv, s := p.d.driver, p.d.stream
	for len(p.events) <= len(p.launches) {
		e, err := drv.NewEvent()
		if err != nil {
			return err
		}
		p.events = append(p.events, e)
	}
	if err := p.before(); err != nil {
		return err
	}
	for i := range p.launches {
		if err := errors.Join(drv.Record(p.events[i], s), p.launch(i)); err != nil {
			return err
		}
	}
	if err := errors.Join(drv.Record(p.events[len(p.launches)], s), p.after(), drv.Wait(s)); err != nil {
		return err
	}
	clear(p.spent)
	for i := range p.launches {
		d, err := drv.Elapsed(p.events[i], p.events[i+1])
		if err != nil {
			return err
		}
		p.spent[p.launches[i].step] += d
	}
	return nil
}
