package builder

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
)

// carriedSlot is the slot of what layers keep from batch to batch: like those of optimizers it is in checkpoints and not among the weights.
const carriedSlot = "carried"

// carried is what the layers of a model keep from batch to batch, each value with a row for each place in a batch.
type carried struct {
	vars  []StateVar
	nodes map[string]*op.Node // by path
}

// states lists it. A layer that is applied several times keeps one value, that of its last use.
func (m *Model) states() *carried {
	c := &carried{nodes: map[string]*op.Node{}}
	for _, u := range m.Uses {
		s, ok := u.impl.(layer.Stateful)
		if !ok || u.index > 0 {
			continue
		}
		in := make([]shape.Spec, len(u.In))
		for i, t := range u.In {
			in[i] = t.Spec
		}
		for _, x := range s.States(in) {
			path := u.Layer.Path + "/" + x.Name
			w := &Weight{Weight: layer.Weight{Name: x.Name, Shape: x.Shape.Batched(m.Batch), NonTrainable: true}, Path: path, Layer: u.Layer}
			c.vars = append(c.vars, StateVar{Name: SlotInput + carriedSlot + ":" + path, Shape: w.Shape, W: w, Slot: carriedSlot})
		}
	}
	return c
}

// Stateful tells whether a layer keeps something from batch to batch.
func (m *Model) Stateful() bool { return len(m.states().vars) > 0 }

// IsCarried tells whether v goes on from batch to batch.
func (v StateVar) IsCarried() bool { return v.Slot == carriedSlot }

// node is the value at a path in a graph for batches of so many examples.
func (c *carried) node(g *op.Graph, batch int, path string) *op.Node {
	for _, v := range c.vars {
		if v.W.Path != path {
			continue
		}
		if batch > v.Shape[0] {
			return g.Fail(fmt.Errorf("a layer with stateful = true keeps the states of %d examples, and this batch has %d", v.Shape[0], batch))
		}
		if c.nodes[path] == nil {
			c.nodes[path] = g.Input(v.Name, g.DType, v.Shape...)
		}
		return c.nodes[path]
	}
	return g.Fail(fmt.Errorf("stateful = true is not there for a layer inside another one, but a bidirectional"))
}
