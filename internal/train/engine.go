package train

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/metric"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/optimizer"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/callbacks"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/plan"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/safetensors"
	"github.com/dlrun/dlrun/pipeline"
)

// engine holds a program's state and runs its steps on the CPU or a GPU: one plan for each batch size and
// kind of step, all in one arena.
type engine struct {
	gpu      *accelerator // nil on the CPU
	program  *builder.Program
	machine  *cpu.Machine
	arena    cpu.Arena
	state    map[string][]float32
	vars     []builder.StateVar
	limit    int64       // bytes of memory that state and arena may take; 0 for no limit
	weighted [][]int     // by head: the shape of an example's sample weights; nil where none are fed
	classes  [][]float64 // by head: factor of each class, or nil
	training map[int]*stepper
	summing  map[int]*stepper
	testing  map[int]*stepper
	predict  map[int]*stepper

	predicted uint64 // batches
	copier    copier
}

// copier copies a large batch into a graph's input on all workers: one core alone does not use all that memory can do.
type copier struct {
	to, from []float32
	part     func(task, worker int)
}

// copyPart is how many floats a task copies.
const copyPart = 1 << 14

// copy copies from to to, which is as long.
func (c *copier) copy(m *cpu.Machine, to, from []float32) {
	if c.part == nil {
		c.part = func(task, _ int) { copy(c.to[task*copyPart:min((task+1)*copyPart, len(c.to))], c.from[task*copyPart:]) }
	}
	c.to, c.from = to, from
	m.For((len(to)+copyPart-1)/copyPart, c.part)
	c.to, c.from = nil, nil
}

// stepper is a compiled step for one batch size.
type stepper struct {
	training bool
	graph    *builder.Graph
	program  program
	inputs   []cpu.Buf[float32]
	outputs  []cpu.Buf[float32]
	targets  []cpu.Buf[float32] // by head; empty where there is none
	samples  []cpu.Buf[float32]
	masks    []cpu.Buf[float32] // of the outputs
	losses   []cpu.Buf[float32]
	values   []cpu.Buf[float32] // of metrics that the graph computes; see builder.Graph
	loss     cpu.Buf[float32]
}

func newEngine(p *builder.Program, m *cpu.Machine, weighted [][]int) *engine {
	e := emptyEngine(p, m, weighted)
	for _, v := range e.vars {
		e.state[v.Name] = cpu.NewFloats[float32](v.Shape.Size())
	}
	for _, h := range steered(p) {
		e.state[h.Name] = cpu.NewFloats[float32](h.Elems)
	}
	return e
}

// newEngineOn is newEngine on a GPU. The engine is to be closed.
func newEngineOn(device string, p *builder.Program, m *cpu.Machine, weighted [][]int) (*engine, error) {
	e := emptyEngine(p, m, weighted)
	a, err := newAccelerator(device, p, e.vars)
	if err != nil {
		return nil, err
	}
	e.gpu = a
	for _, v := range e.vars {
		e.state[v.Name] = a.state.Host(v.Name)
	}
	for _, h := range steered(p) {
		e.state[h.Name] = a.state.Host(h.Name)
	}
	return e, nil
}

// Close gives back what a GPU lent.
func (e *engine) Close() error {
	if e == nil || e.gpu == nil {
		return nil
	}
	return e.gpu.Close()
}

func emptyEngine(p *builder.Program, m *cpu.Machine, weighted [][]int) *engine {
	e := &engine{
		program: p, machine: m, state: map[string][]float32{}, weighted: weighted,
		training: map[int]*stepper{}, summing: map[int]*stepper{}, testing: map[int]*stepper{}, predict: map[int]*stepper{}, classes: make([][]float64, len(p.Heads)),
	}
	e.vars = p.State()
	return e
}

// bytesOfState is the memory that weights and slots take.
func bytesOfState(vars []builder.StateVar) int {
	n := 0
	for _, v := range vars {
		n += 4 * v.Shape.Size()
	}
	return n
}

// initialize gives weights and slots their first values.
func (e *engine) initialize(seed int64) error {
	e.gpu.changed()
	for _, v := range e.vars {
		s := e.state[v.Name]
		if v.Slot != "" {
			for i := range s {
				s[i] = float32(v.Init)
			}
			continue
		}
		h := fnv.New64a()
		h.Write([]byte(v.W.Path))
		if err := v.W.Args.Initializer.Fill(s, v.Shape, initializer.Key{Seed: uint64(seed), Stream: h.Sum64()}); err != nil {
			return fmt.Errorf("weight %s: %w", v.W.Path, err)
		}
	}
	return nil
}

// snapshot copies the weights out of the state.
func (e *engine) snapshot() ([]safetensors.Tensor, error) {
	out, err := e.tensors(false)
	for i := range out {
		out[i].Data = append([]byte(nil), out[i].Data...)
	}
	return out, err
}

// tensors are weights (slots false) or slots by name, in the memory of the state: to be written
// before the next step.
func (e *engine) tensors(slots bool) ([]safetensors.Tensor, error) {
	if err := e.gpu.pull(); err != nil {
		return nil, err
	}
	var out []safetensors.Tensor
	for _, v := range e.vars {
		if (v.Slot != "") != slots {
			continue
		}
		name := v.W.Path
		if slots {
			name = v.Slot + ":" + name
		}
		out = append(out, safetensors.Float32(name, v.Shape, e.state[v.Name]))
	}
	return out, nil
}

// restore sets weights or slots from tensors saved by tensors.
func (e *engine) restore(saved []safetensors.Tensor, slots bool) error {
	if err := e.gpu.pull(); err != nil { // what is not restored stays as it is
		return err
	}
	e.gpu.changed()
	byName := map[string]safetensors.Tensor{}
	for _, t := range saved {
		byName[t.Name] = t
	}
	for _, v := range e.vars {
		if (v.Slot != "") != slots {
			continue
		}
		name := v.W.Path
		if slots {
			name = v.Slot + ":" + name
		}
		t, ok := byName[name]
		if !ok {
			return fmt.Errorf("%s is missing", name)
		}
		delete(byName, name)
		f, err := t.Float32s()
		if err != nil {
			return err
		}
		if !slices.Equal(t.Shape, v.Shape) {
			return fmt.Errorf("%s has shape %v, and in the model %v", name, t.Shape, []int(v.Shape))
		}
		copy(e.state[v.Name], f)
	}
	if len(byName) > 0 {
		return fmt.Errorf("the model has no %s", few(sorted(byName)))
	}
	return nil
}

// average sets each weight to its moving average, where its optimizer keeps one (use_ema).
func (e *engine) average() error {
	if err := e.gpu.pull(); err != nil {
		return err
	}
	e.gpu.changed()
	for _, v := range e.vars {
		if v.Slot == optimizer.AverageSlot {
			copy(e.state[builder.WeightInput+v.W.Path], e.state[v.Name])
		}
	}
	return nil
}

// plan plans a graph for the device.
func (e *engine) plan(g *builder.Graph, keep []*op.Node, fixed bool) (*plan.Plan, error) {
	o := plan.Options{Scratch: e.machine.Scratch, Phases: e.machine.Phases, InPlace: e.machine.InPlace, Pools: true}
	if e.gpu != nil {
		o = e.gpu.options()
	}
	return planOn(o, g, keep, fixed)
}

// bind plans a graph and binds the plan to the device.
func (e *engine) bind(g *builder.Graph, keep []*op.Node, fixed bool) (program, error) {
	p, err := e.plan(g, keep, fixed)
	if err != nil {
		return nil, err
	}
	if e.gpu != nil {
		return e.gpu.compile(p, g, keep)
	}
	if need := int64(p.Arena) + int64(bytesOfState(e.vars)); e.limit > 0 && need > e.limit {
		return nil, &memoryError{g.Batch, need, int64(bytesOfState(e.vars)), e.limit}
	}
	return cpu.Compile(p, e.machine, &e.arena, func(name string) ([]float32, error) {
		s, ok := e.state[name]
		if !ok {
			return nil, fmt.Errorf("the graph asks for state %q, which the program does not list", name)
		}
		return s, nil
	})
}

func planOn(o plan.Options, g *builder.Graph, keep []*op.Node, fixed bool) (*plan.Plan, error) {
	o.Keep, o.Also, o.IsState, o.Fixed = keep, g.Also, builder.IsState, fixed
	return plan.New(o)
}

// planned plans a graph for the CPU without taking its memory.
func planned(m *cpu.Machine, g *builder.Graph, fixed bool) (*plan.Plan, error) {
	return planOn(plan.Options{Scratch: m.Scratch, Phases: m.Phases, InPlace: m.InPlace, Pools: true}, g, readAfter(g), fixed)
}

// weights are all weights, in the memory of the state.
func (e *engine) weights() ([]callbacks.Weight, error) {
	if err := e.gpu.pull(); err != nil {
		return nil, err
	}
	var out []callbacks.Weight
	for _, v := range e.vars {
		if v.Slot == "" {
			out = append(out, callbacks.Weight{Path: v.W.Path, Shape: v.Shape, Values: e.state[v.Name]})
		}
	}
	return out, nil
}

// swap exchanges the weights and their moving averages.
func (e *engine) swap() error {
	if err := e.gpu.pull(); err != nil {
		return err
	}
	e.gpu.changed()
	for _, v := range e.vars {
		if v.Slot == optimizer.AverageSlot {
			w := e.state[builder.WeightInput+v.W.Path]
			for i, a := range e.state[v.Name] {
				w[i], e.state[v.Name][i] = a, w[i]
			}
		}
	}
	return nil
}

// readAfter are the nodes of a graph that are set before a step or read after it.
func readAfter(g *builder.Graph) []*op.Node {
	keep := append([]*op.Node(nil), g.Outputs...)
	for _, n := range slices.Concat([]*op.Node{g.Loss}, g.Losses, g.Values, g.Inputs, g.Targets, g.Samples, g.Masks) {
		if n != nil {
			keep = append(keep, n)
		}
	}
	return keep
}

// compile plans and binds a graph. fixed says that the weights do not change while it is in use.
func (e *engine) compile(g *builder.Graph, fixed bool) (*stepper, error) {
	prog, err := e.bind(g, readAfter(g), fixed)
	if err != nil {
		return nil, err
	}
	s := &stepper{graph: g, program: prog, training: g.Trains}
	for _, f := range []struct {
		nodes []*op.Node
		bufs  *[]cpu.Buf[float32]
	}{{g.Inputs, &s.inputs}, {g.Outputs, &s.outputs}, {g.Targets, &s.targets}, {g.Samples, &s.samples}, {g.Masks, &s.masks}, {g.Losses, &s.losses}, {g.Values, &s.values}} {
		for _, n := range f.nodes {
			var b cpu.Buf[float32]
			if n != nil {
				if b, err = prog.Buf(n); err != nil {
					return nil, err
				}
				b.Shape = op.SpecOf(n).Shape // a reshaped node lies in the memory of another
			}
			*f.bufs = append(*f.bufs, b)
		}
	}
	if g.Loss != nil {
		s.loss, err = prog.Buf(g.Loss)
	}
	return s, err
}

// memoryError says that a step needs more memory than there is.
type memoryError struct {
	batch              int
	need, state, limit int64 // bytes
}

func (e *memoryError) Error() string {
	return fmt.Sprintf("a step of %d examples needs %d MiB of memory, of which %d MiB are weights and the optimizer's slots; there are %d MiB for it on this machine: choose a smaller batch_size or model",
		e.batch, e.need>>20, e.state>>20, e.limit>>20)
}

// steer sets what the optimizers compute for a step: which update of the weights it is, from 1, and their
// learning rates.
func (e *engine) steer(update int, rate func(g *builder.Group) float64) {
	for _, g := range e.program.Groups {
		to := e.state[g.Input]
		for i, h := range g.Hyper(update, rate(g)) {
			to[i] = float32(h)
		}
	}
}

func (e *engine) stepper(cache map[int]*stepper, batch int, fixed bool, make func() (*builder.Graph, error)) (*stepper, error) {
	if s := cache[batch]; s != nil {
		return s, nil
	}
	g, err := make()
	if err != nil {
		return nil, err
	}
	s, err := e.compile(g, fixed)
	if err != nil {
		return nil, err
	}
	cache[batch] = s
	return s, nil
}

// train returns the training step for a batch size: one that applies the gradients, or one that
// only sums them up.
func (e *engine) train(batch int, apply bool) (*stepper, error) {
	cache := e.training
	if !apply {
		cache = e.summing
	}
	graph := func(batch int) (*builder.Graph, error) { return e.program.Train(op.Float32, batch, e.weighted, apply) }
	s, err := e.stepper(cache, batch, false, func() (*builder.Graph, error) { return graph(batch) })
	var short *gpuMemoryError
	if errors.As(err, &short) {
		return nil, errors.Join(short.search(e, graph), err)
	}
	return s, err
}

// evaluate returns the evaluation step for a batch size.
func (e *engine) evaluate(batch int) (*stepper, error) {
	return e.stepper(e.testing, batch, false, func() (*builder.Graph, error) {
		return e.program.Evaluate(op.Float32, batch, e.weighted)
	})
}

// predictor returns the prediction step for a batch size. The weights must have their final values: what the kernels make of them in the
// first run is kept.
func (e *engine) predictor(batch int) (*stepper, error) {
	return e.stepper(e.predict, batch, true, func() (*builder.Graph, error) {
		return e.program.Model.Predict(op.Float32, batch)
	})
}

// feed copies a batch into a step's inputs. Weights of classes count in training only, as in Keras.
func (e *engine) feed(s *stepper, b *pipeline.Batch, training bool) error {
	if err := e.feedFeatures(s, b); err != nil {
		return err
	}
	for i, h := range e.program.Heads {
		if h.Target == "" {
			continue
		}
		t, err := named(b.Targets, h.Target)
		if err != nil {
			return err
		}
		if err := copyTensor(s.targets[i], *t, h.Target, true); err != nil {
			return err
		}
		if s.samples[i].F == nil {
			continue
		}
		e.feedSamples(s, i, h, b, training)
	}
	return nil
}

func (e *engine) feedFeatures(s *stepper, b *pipeline.Batch) error {
	for i, in := range e.program.Model.Inputs {
		t, err := named(b.Features, in.Name)
		if err != nil {
			return err
		}
		if dst := s.inputs[i].F; dst != nil && len(t.F32) == len(dst) {
			e.copier.copy(e.machine, dst, t.F32)
			continue
		}
		if err := copyTensor(s.inputs[i], *t, in.Name, false); err != nil {
			return err
		}
	}
	return nil
}

// feedSamples makes the sample weights of one head: the data's, times the weight of the class.
func (e *engine) feedSamples(s *stepper, i int, h *builder.Head, b *pipeline.Batch, training bool) {
	dst := s.samples[i].F
	for j := range dst {
		dst[j] = 1
	}
	for k, w := range b.Weights { // by target
		if w != nil && b.Targets[k].Name == h.Target {
			copy(dst, w)
		}
	}
	if e.classes[i] == nil || !training {
		return
	}
	n := len(dst)
	y := metric.Values{Shape: s.targets[i].Shape, F: s.targets[i].F, I: s.targets[i].I}
	width := len(y.F) + len(y.I)
	if n > 0 {
		width /= n
	}
	for j := range dst {
		class := 0
		if width == 1 {
			class = int(math.Round(y.At(j)))
		} else {
			for k := 1; k < width; k++ {
				if y.At(j*width+k) > y.At(j*width+class) {
					class = k
				}
			}
		}
		if class >= 0 && class < len(e.classes[i]) {
			dst[j] = float32(float64(dst[j]) * e.classes[i][class])
		}
	}
}

func named(list []pipeline.Tensor, name string) (*pipeline.Tensor, error) {
	for i := range list {
		if list[i].Name == name {
			return &list[i], nil
		}
	}
	return nil, fmt.Errorf("the data has no column %q", name)
}

// copyTensor copies values into a graph's input, casting between int32 and float32 where that is exact.
func copyTensor(dst cpu.Buf[float32], t pipeline.Tensor, column string, target bool) error {
	n := len(t.F32) + len(t.I32)
	if n != len(dst.F)+len(dst.I) {
		return fmt.Errorf("%s: a batch has shape %v, the model takes %v", column, t.Shape, dst.Shape)
	}
	switch {
	case dst.F != nil && t.F32 != nil:
		copy(dst.F, t.F32)
	case dst.I != nil && t.I32 != nil:
		copy(dst.I, t.I32)
	case dst.F != nil:
		for i, v := range t.I32 {
			dst.F[i] = float32(v)
		}
	default:
		for i, v := range t.F32 {
			k := int32(v)
			if float32(k) != v {
				return &exampleError{i * t.Shape[0] / n, column, target, fmt.Errorf("a whole number is wanted, got %v", v)}
			}
			dst.I[i] = k
		}
	}
	return nil
}

// weights are what a metric of a head counts each example with; nil for all the same. In an
// evaluation a mask of the output counts too, step by step; in training Keras' metrics do not see it.
func (s *stepper) weights(head int, weighted bool) []float32 {
	var sample, mask []float32
	if weighted {
		sample = s.samples[head].F
	}
	if !s.training {
		mask = s.masks[head].F
	}
	switch {
	case mask == nil:
		return sample
	case sample == nil:
		return mask
	}
	out := make([]float32, len(mask))
	for i, m := range mask {
		out[i] = m * sample[i*len(sample)/len(mask)]
	}
	return out
}

// values shows a buffer to a metric.
func values(b cpu.Buf[float32]) metric.Values { return metric.Values{Shape: b.Shape, F: b.F, I: b.I} }

// tally accumulates losses and metrics over batches: the sums of an epoch, in float64.
type tally struct {
	heads []*builder.Head
	multi bool
	acc   map[string][]float64
}

func newTally(p *builder.Program) *tally {
	t := &tally{heads: p.Heads, multi: len(p.Heads) > 1, acc: map[string][]float64{}}
	t.clear()
	return t
}

func (t *tally) clear() {
	t.acc["loss"] = make([]float64, 2)
	for _, h := range t.heads {
		if t.multi && h.Loss != nil {
			t.acc[h.Name+"_loss"] = make([]float64, 2)
		}
		for _, m := range h.Metrics {
			t.acc[m.Name] = make([]float64, m.Slots())
		}
	}
}

// add takes in one batch that was just run. Losses are means over examples, as Keras' logs.
func (t *tally) add(s *stepper) {
	n := float64(s.graph.Batch)
	mean := func(name string, v float32) {
		a := t.acc[name]
		a[0] += float64(v) * n
		a[1] += n
	}
	mean("loss", s.loss.F[0])
	k := 0
	for i, h := range t.heads {
		if t.multi && h.Loss != nil {
			mean(h.Name+"_loss", s.losses[i].F[0])
		}
		for _, m := range h.Metrics {
			of := s.outputs[i]
			if n := s.graph.Values[k]; n != nil {
				of = s.values[k]
			}
			k++
			m.Update(t.acc[m.Name], values(s.targets[i]), values(of), s.weights(i, m.Weighted))
		}
	}
}

// results are the means and metrics so far, in the order of Program.Reports.
func (t *tally) results(names []string, prefix string) run.Metrics {
	var out run.Metrics
	for _, name := range names {
		out = append(out, run.Metric{Name: prefix + name, Value: t.result(name)})
	}
	return out
}

func (t *tally) result(name string) float32 {
	a := t.acc[name]
	for _, h := range t.heads {
		for _, m := range h.Metrics {
			if m.Name == name {
				return float32(m.Result(a))
			}
		}
	}
	if a[1] == 0 {
		return 0
	}
	return float32(a[0] / a[1])
}

// specOf turns what the pipeline knows of a column into what the builder wants.
func specOf(s pipeline.Spec) builder.Column {
	return builder.Column{
		Name: s.Name, Where: s.Where, Classes: s.Classes.Number,
		Spec: shape.Spec{Shape: s.Shape, DType: shape.DType(s.DType), Known: s.Known},
	}
}
