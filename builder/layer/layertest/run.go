package layertest

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/cpu/optest"
	"github.com/dlrun/dlrun/internal/safetensors"
)

// Run checks every case of the table in a subtest:
//
//   - the arguments decode, and the output shape is the one wanted;
//   - of several outputs, each has the shape wanted; the mask and tensor arguments of the case are given;
//   - with open axes among the inputs the shape rule gives a shape that fits the real one;
//   - the nodes built have the shape and type that the rule promised, for 1 and 3 examples,
//     trained and not, and ask for exactly the weights that are listed;
//   - each weight's initializer fills it, and weights survive a safetensors file;
//   - all that optest.Check checks, trained and not: gradients against finite differences with
//     respect to inputs and weights, the same bits for any workers and instruction set, and memory.
func Run(t *testing.T) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.title(), func(t *testing.T) { c.check(t) })
	}
}

func (c *Case) check(t *testing.T) {
	l, d, err := c.decode()
	if c.Says != "" {
		c.refused(t, l, d, err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	out := c.shapes(t, l)
	c.openAxes(t, l, out[0])
	c.tensorArguments(t, l)
	weights := layer.Variables(l, c.In)
	c.roundTrip(t, weights)
	for _, batch := range []int{1, 3} {
		for _, training := range []bool{true, false} {
			c.builds(t, l, weights, out, batch, training)
		}
	}
	for _, training := range []bool{true, false} {
		t.Run(fmt.Sprintf("training=%v", training), func(t *testing.T) { optest.Check(t, c.op(l, weights, training)) })
	}
}

// shapes are those of the outputs, which must be the ones wanted.
func (c *Case) shapes(t *testing.T, l layer.Layer) []shape.Spec {
	t.Helper()
	out, err := layer.Outputs(l, c.In)
	if err != nil {
		t.Fatalf("shape: %v", err)
	}
	first := out[0]
	if m, ok := l.(layer.MultiOutput); ok {
		all, err := m.Shapes(c.In)
		if err != nil || len(all) != m.OutputCount() || !all[0].Shape.Equal(first.Shape) {
			t.Fatalf("shapes: %v, %v; %d outputs are promised, the first of shape %v", all, err, m.OutputCount(), first)
		}
		out = all
	}
	if len(out) != 1+len(c.More) {
		t.Fatalf("there are %d outputs, want %d", len(out), 1+len(c.More))
	}
	want := shape.Spec{Shape: c.Out, DType: c.OutDType, Known: true}
	if want.DType == "" {
		want.DType = shape.Float32
	}
	if c.Out == nil || !first.Known || !first.Shape.Equal(want.Shape) || first.DType != want.DType {
		t.Fatalf("the output is %v, want %v", first, want)
	}
	for i, s := range c.More {
		if !out[1+i].Known || !out[1+i].Shape.Equal(s) {
			t.Fatalf("output %d is %v, want %v", 1+i, out[1+i], s)
		}
	}
	return out
}

// tensorArguments checks that the call's tensor arguments are there, and fit; one too many never does.
func (c *Case) tensorArguments(t *testing.T, l layer.Layer) {
	t.Helper()
	known := map[string]layer.TensorArgument{}
	if ta, ok := l.(layer.TensorArguments); ok {
		for _, a := range ta.TensorArguments() {
			known[a.Name] = a
			if a.Help == "" {
				t.Errorf("the argument %q has no help", a.Name)
			}
		}
	}
	for name, given := range c.Tensors {
		a, ok := known[name]
		switch {
		case !ok:
			t.Errorf("there is no argument %q", name)
		case a.Check == nil:
		case a.Check(given, c.In) != nil:
			t.Errorf("%s: %v", name, a.Check(given, c.In))
		case a.Check(append(given[:len(given):len(given)], shape.Of(1, 2, 3)), c.In) == nil:
			t.Errorf("%s: one tensor too many is accepted", name)
		}
	}
}

// build makes the outputs, and the mask of the first, nil where there is none.
func build(l layer.Layer, s *layer.Scope, in []*op.Node) (outs []*op.Node, mask *op.Node) {
	outs = layer.Make(l, s, in)
	switch k := l.(type) {
	case layer.Masker:
		mask = k.Mask(s, in, s.Masks)
	case layer.MaskPasser:
		mask = s.Mask()
	}
	return outs, mask
}

// refused checks the error of a case that cannot work.
func (c *Case) refused(t *testing.T, l layer.Layer, d *schema.Decoded, err error) {
	if err == nil {
		_, err = layer.Outputs(l, c.In)
	}
	if err == nil {
		t.Fatalf("accepted; want an error that says %q", c.Says)
	}
	if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.Says)) {
		t.Errorf("the error is %q, want %q in it", err, c.Says)
	}
	if c.Arg == "" {
		return
	}
	var at *schema.ArgError
	if !errors.As(err, &at) || at.Arg != c.Arg {
		t.Errorf("the error %q points at %v, want the argument %q", err, at, c.Arg)
	} else if d.Block.Arg(c.Arg) == nil {
		t.Errorf("there is no argument %q to point at", c.Arg)
	}
}

// openAxes makes the dimensions unknown, each alone and all together.
func (c *Case) openAxes(t *testing.T, l layer.Layer, out shape.Spec) {
	t.Helper()
	try := func(in []shape.Spec) {
		outs, err := layer.Outputs(l, in)
		if err != nil {
			t.Errorf("inputs %v: %v", in, err)
			return
		}
		got := outs[0]
		if got.Known && !got.Shape.Fits(out.Shape) || got.DType != out.DType {
			t.Errorf("inputs %v: the output is %v, which cannot become %v", in, got, out)
		}
		layer.Variables(l, in)
	}
	all := clone(c.In)
	for i := range c.In {
		for k := range c.In[i].Shape {
			one := clone(c.In)
			one[i].Shape[k], all[i].Shape[k] = shape.Unknown, shape.Unknown
			try(one)
		}
	}
	try(all)
}

func clone(in []shape.Spec) []shape.Spec {
	out := append([]shape.Spec(nil), in...)
	for i := range out {
		out[i].Shape = out[i].Shape.Clone()
	}
	return out
}

// roundTrip fills the weights, writes them to a file and reads them back.
func (c *Case) roundTrip(t *testing.T, weights []layer.Weight) {
	t.Helper()
	var file []safetensors.Tensor
	for i, w := range weights {
		if !w.Shape.Full() {
			t.Fatalf("weight %s has an open axis though the inputs have none: %v", w.Name, w.Shape)
		}
		if w.Args.Initializer == nil {
			t.Fatalf("weight %s has no initializer", w.Name)
		}
		v := make([]float32, w.Shape.Size())
		if err := w.Args.Initializer.Fill(v, w.Shape, initializer.Key{Seed: 1, Stream: uint64(i)}); err != nil {
			t.Fatalf("weight %s: %v", w.Name, err)
		}
		for k, x := range v {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				t.Fatalf("weight %s starts with %v at element %d", w.Name, x, k)
			}
		}
		file = append(file, safetensors.Float32("layer/"+w.Name, w.Shape, v))
	}
	var b bytes.Buffer
	if err := safetensors.Write(&b, file); err != nil {
		t.Fatalf("save: %v", err)
	}
	back, err := safetensors.Parse(b.Bytes())
	if err != nil || len(back) != len(file) {
		t.Fatalf("load: %d of %d weights, %v", len(back), len(file), err)
	}
	for _, g := range back {
		for _, w := range file {
			if w.Name == g.Name && !bytes.Equal(w.Data, g.Data) {
				t.Errorf("weight %s is not what was saved", w.Name)
			}
		}
	}
}

// scope is one use of the layer in a graph, and what it asked for.
func scope(g *op.Graph, batch int, training bool, weights []layer.Weight, nodes []*op.Node, asked map[string]bool) *layer.Scope {
	return &layer.Scope{
		Graph: g, Training: training, Trainable: true, Batch: batch, Path: "layer",
		Variable: func(name string) *op.Node {
			for i, w := range weights {
				if w.Name == name {
					asked[name] = true
					return nodes[i]
				}
			}
			return g.Fail(fmt.Errorf("the layer asks for a weight %q that it does not list", name))
		},
		Random: func(purpose string) uint64 {
			h := fnv.New64a()
			h.Write([]byte("layer:" + purpose))
			return h.Sum64()
		},
		Also:    func(*op.Node) {},
		Always:  func(*op.Node) {},
		Tensors: map[string][]*op.Node{},
	}
}

func dtypeOf(s shape.Spec, float tensor.Dtype) tensor.Dtype {
	if s.DType == shape.Int32 {
		return op.Int32
	}
	return float
}

// builds checks the graph of a float32 layer against what its shape rule says.
func (c *Case) builds(t *testing.T, l layer.Layer, weights []layer.Weight, out []shape.Spec, batch int, training bool) {
	t.Helper()
	g := op.NewGraph(op.Float32)
	var in, ws []*op.Node
	for i, s := range c.In {
		in = append(in, g.Input(fmt.Sprintf("in%d", i), dtypeOf(s, op.Float32), s.Shape.Batched(batch)...))
	}
	for _, w := range weights {
		ws = append(ws, g.Input(w.Name, op.Float32, w.Shape...))
	}
	asked := map[string]bool{}
	s := scope(g, batch, training, weights, ws, asked)
	states := map[string]*op.Node{}
	for _, x := range c.states(l) {
		states[x.Name] = g.Input(x.Name, op.Float32, x.Shape.Batched(3)...)
	}
	s.State = func(name string) *op.Node { return states[name] }
	if c.Mask != nil {
		s.Masks = []*op.Node{g.Input("mask", op.Float32, batch, len(c.Mask)/3)}
	}
	for _, name := range c.arguments() {
		for i, spec := range c.Tensors[name] {
			s.Tensors[name] = append(s.Tensors[name], g.Input(fmt.Sprintf("%s%d", name, i), op.Float32, spec.Shape.Batched(batch)...))
		}
	}
	nodes, mask := build(l, s, in)
	if g.Err() != nil {
		t.Fatalf("batch %d, training %v: %v", batch, training, g.Err())
	}
	if len(nodes) != len(out) {
		t.Fatalf("batch %d, training %v: built %d outputs, promised %d", batch, training, len(nodes), len(out))
	}
	for i, n := range nodes {
		want := op.Spec{Shape: out[i].Shape.Batched(batch), DType: dtypeOf(out[i], op.Float32)}
		if got := op.SpecOf(n); got.String() != want.String() {
			t.Errorf("batch %d, training %v: output %d: built %v, promised %v", batch, training, i, got, want)
		}
	}
	if (mask != nil) != c.Masks {
		t.Errorf("batch %d, training %v: the output has a mask: %v, want %v", batch, training, mask != nil, c.Masks)
	}
	for _, w := range weights {
		if !asked[w.Name] {
			t.Errorf("training %v: weight %s is listed and not used", training, w.Name)
		}
	}
}

// states are what the layer keeps from batch to batch.
func (c *Case) states(l layer.Layer) []layer.State {
	if s, ok := l.(layer.Stateful); ok {
		return s.States(c.In)
	}
	return nil
}

// arguments are the names of the tensor arguments, in order.
func (c *Case) arguments() []string { return slices.Sorted(maps.Keys(c.Tensors)) }

// op is the layer as a case for optest: its inputs, then its weights.
func (c *Case) op(l layer.Layer, weights []layer.Weight, training bool) optest.Case {
	const batch = 3
	oc := optest.Case{Name: c.title(), NoGrad: append([]int(nil), c.NoGrad...)}
	for _, s := range c.In {
		a := optest.Floats(s.Shape.Batched(batch)...)
		switch {
		case s.DType == shape.Int32 && c.Below > 0:
			a = optest.Ints(c.Below, a.Shape...)
		case s.DType == shape.Int32:
			a = optest.Ints(4, a.Shape...)
		case c.Range != [2]float64{}:
			a = a.From(c.Range[0], c.Range[1])
		}
		oc.In = append(oc.In, a)
	}
	for _, w := range weights {
		a := optest.Floats(w.Shape...)
		if r, ok := c.Weights[w.Name]; ok {
			a = a.From(r[0], r[1])
		}
		if w.NonTrainable {
			oc.NoGrad = append(oc.NoGrad, len(oc.In))
			if training && c.Changes {
				oc.Mutates = append(oc.Mutates, len(oc.In))
			}
		}
		if slices.Contains(c.NoGradOf, w.Name) {
			oc.NoGrad = append(oc.NoGrad, len(oc.In))
		}
		if training && slices.Contains(c.Steps, w.Name) {
			oc.NoGrad, oc.Mutates = append(oc.NoGrad, len(oc.In)), append(oc.Mutates, len(oc.In))
		}
		oc.In = append(oc.In, a)
	}
	nWeights := len(oc.In) - len(c.In)
	for _, name := range c.arguments() {
		for _, spec := range c.Tensors[name] {
			oc.In = append(oc.In, optest.Floats(spec.Shape.Batched(batch)...))
		}
	}
	if c.Mask != nil {
		oc.NoGrad = append(oc.NoGrad, len(oc.In))
		oc.In = append(oc.In, optest.Floats(batch, len(c.Mask)/batch).Values(c.Mask...))
	}
	states := c.states(l)
	firstState := len(oc.In)
	for _, x := range states {
		oc.NoGrad, oc.Mutates = append(oc.NoGrad, len(oc.In)), append(oc.Mutates, len(oc.In))
		oc.In = append(oc.In, optest.Floats(x.Shape.Batched(batch)...))
	}
	oc.Build = func(g *op.Graph, in []*op.Node) []*op.Node {
		var also []*op.Node
		inputs, ws, rest := in[:len(c.In)], in[len(c.In):][:nWeights], in[len(c.In)+nWeights:]
		s := scope(g, batch, training, weights, ws, map[string]bool{})
		s.Also = func(n *op.Node) { also = append(also, n) }
		s.Always = s.Also
		s.State = func(name string) *op.Node {
			for i, x := range states {
				if x.Name == name {
					return in[firstState+i]
				}
			}
			return g.Fail(fmt.Errorf("the layer asks for a state %q that it does not list", name))
		}
		for _, name := range c.arguments() {
			n := len(c.Tensors[name])
			s.Tensors[name], rest = rest[:n], rest[n:]
		}
		if c.Mask != nil {
			s.Masks = rest[:1]
		}
		outs, _ := build(l, s, inputs)
		return append(together(g, outs), also...)
	}
	return oc
}

// together puts several outputs into one value, since only the first result of a case is differentiated.
func together(g *op.Graph, outs []*op.Node) []*op.Node {
	if len(outs) == 1 || g.Err() != nil {
		return outs
	}
	var flat []*op.Node
	for _, n := range outs {
		s := op.SpecOf(n)
		flat = append(flat, g.Apply(op.Reshape{To: []int{s.Shape[0], s.Elems() / s.Shape[0]}}, n))
	}
	return []*op.Node{g.Apply(op.Concat{Axis: 1}, flat...)}
}
