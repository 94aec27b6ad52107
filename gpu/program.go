package gpu

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/philox"
	"github.com/dlrun/dlrun/internal/plan"
)

// Buf is staging memory: F for floats, I for int32.
type Buf struct {
	F     []float32
	I     []int32
	Shape []int
}

// Program is a plan bound to a device, ready to run.
type Program struct {
	d         *Device
	precision Precision
	libraries bool
	plan      *plan.Plan
	mem       []Mem // by value
	launches  []call
	handlers  map[int]func(position int, read func(m Mem) ([]byte, error)) error // of faults, by step

	staging []byte
	in, out []transfer
	at      map[int]transfer // by value
	hyper   []transfer       // state that the host sets before every step
	own     region           // constants, tables of tensors, keys and the fault

	keys      []func(seed, step uint64) philox.Key
	keyBytes  []byte
	keyMem    Ptr
	faultMem  Ptr
	faultByte []byte

	graph Graph
	ready bool // the graph was captured

	spent  []time.Duration // by step, where steps are timed
	events []Event
}

type transfer struct {
	host []byte
	dev  Ptr
}

// CompileOptions say what Compile binds to what.
type CompileOptions struct {
	Plan  *plan.Plan
	Keep  []*op.Node // what the caller reads after a step; inputs it sets before
	State *State     // by input name
	Precision
	Every []string // names of state that the host's copy is brought to the device from before every step
}

// Compile binds a plan, which is made with Options.Apart and this device's Scratch.
func (d *Device) Compile(o CompileOptions) (*Program, error) {
	if err := d.reserve(o.Plan.Arena); err != nil {
		return nil, err
	}
	p := &Program{d: d, precision: o.Precision, libraries: d.libraries(), plan: o.Plan, at: map[int]transfer{}, handlers: map[int]func(int, func(Mem) ([]byte, error)) error{}}
	d.programs = append(d.programs, p)
	if err := p.place(o); err != nil {
		return nil, err
	}
	constants, err := p.bind()
	if err != nil {
		return nil, err
	}
	if p.libraries && p.prepare() != nil { // there are kernels for what the library cannot do
		p.libraries = false
		if constants, err = p.bind(); err != nil {
			return nil, err
		}
	}
	return p, p.finish(constants)
}

// libraries tells whether there is a library of products.
func (d *Device) libraries() bool {
	_, err := d.Library()
	return err == nil
}

// prepare makes the library's products ready.
func (p *Program) prepare() error {
	for i := range p.launches {
		l := &p.launches[i]
		if l.product == nil {
			continue
		}
		var err error
		if l.run, err = p.d.driver.(Multiplier).Prepare(l.product); err != nil {
			return err
		}
	}
	return nil
}

// place gives values their memory, and inputs and results their staging memory.
func (p *Program) place(o CompileOptions) error {
	p.mem = make([]Mem, len(p.plan.Values))
	for i := range p.plan.Values {
		v := &p.plan.Values[i]
		p.mem[i].Spec = v.Spec
		switch {
		case v.IsConst: // bind places it
		case v.State:
			at, elems, ok := Ptr(0), 0, false
			if o.State != nil {
				at, elems, ok = o.State.memory(v.Input)
			}
			if !ok || elems != v.Spec.Elems() {
				return fmt.Errorf("gpu: state %s has %d elements, the graph wants %d", v.Input, elems, v.Spec.Elems())
			}
			p.mem[i].Ptr = at
			if slices.Contains(o.Every, v.Input) {
				p.hyper = append(p.hyper, transfer{o.State.host[o.State.of[v.Input].offset:][:4*elems], at})
			}
		case v.Read || v.Input != "":
			p.mem[i].Ptr = p.d.arena.at + Ptr(v.Offset)
		}
	}
	return p.stage(o)
}

// stage takes staging memory for inputs and for what is kept.
func (p *Program) stage(o CompileOptions) error {
	type wanted struct {
		value, bytes int
		in           bool
	}
	var list []wanted
	total := memoryAlign // for the fault
	add := func(i int, in bool) {
		bytes := p.plan.Values[i].Spec.Bytes()
		list = append(list, wanted{i, bytes, in})
		total += (bytes + memoryAlign - 1) &^ (memoryAlign - 1)
	}
	for i := range p.plan.Values {
		if v := &p.plan.Values[i]; v.Input != "" && !v.State {
			add(i, true)
		}
	}
	for _, n := range o.Keep {
		i, ok := p.plan.Value(n)
		if !ok {
			return fmt.Errorf("gpu: %v is not part of the plan", n)
		}
		if v := &p.plan.Values[i]; (v.Input == "" || p.mutates(i)) && !v.State && !slices.ContainsFunc(list, func(w wanted) bool { return w.value == i && !w.in }) {
			add(i, false)
		}
	}
	var err error
	if p.staging, err = p.d.driver.AllocHost(total); err != nil {
		return err
	}
	clear(p.staging)
	at := memoryAlign
	p.faultByte = p.staging[:8]
	for _, w := range list {
		t := transfer{p.staging[at : at+w.bytes], p.mem[w.value].Ptr}
		at += (w.bytes + memoryAlign - 1) &^ (memoryAlign - 1)
		if !w.in {
			p.at[w.value] = t
			p.out = append(p.out, t)
			continue
		}
		if _, ok := p.at[w.value]; !ok {
			p.at[w.value] = t
		}
		p.in = append(p.in, t)
	}
	return nil
}

// mutates tells whether a step changes a value in place.
func (p *Program) mutates(value int) bool {
	for i := range p.plan.Steps {
		s := &p.plan.Steps[i]
		if s.Op == nil {
			continue
		}
		if m, ok := s.Op.Def.(op.Mutator); ok && slices.ContainsFunc(m.Mutates(), func(k int) bool { return s.In[k] == value }) {
			return true
		}
	}
	return false
}

// own is memory of the program's own, filled when it is compiled.
type ownMemory struct {
	p     *Program
	bytes []byte
	at    Ptr // known when all is laid out; offsets until then
}

func (m *ownMemory) add(b []byte) int {
	at := len(m.bytes)
	m.bytes = append(m.bytes, b...)
	for len(m.bytes)%memoryAlign != 0 {
		m.bytes = append(m.bytes, 0)
	}
	return at
}

// ownSpace is an address under which bindings name the program's own memory before it is there.
const ownSpace Ptr = 1 << 60

// bind makes the launches. Addresses in the program's own memory are made up until the memory is there, so binding runs twice.
func (p *Program) bind() ([]byte, error) {
	var own *ownMemory
	for {
		own = &ownMemory{p: p, at: p.own.at}
		if own.at == 0 {
			own.at = ownSpace
		}
		if err := p.bindAt(own); err != nil {
			return nil, err
		}
		if p.own.at != 0 {
			return own.bytes, nil
		}
		at, err := p.d.driver.Alloc(len(own.bytes))
		if err != nil {
			return nil, err
		}
		p.own = region{at, len(own.bytes)}
	}
}

func (p *Program) bindAt(own *ownMemory) error {
	p.launches, p.keys = nil, nil
	clear(p.handlers)
	p.faultMem = own.at + Ptr(own.add(make([]byte, 8)))
	keyAt := map[int]int{}
	random := 0
	for _, s := range p.plan.Steps {
		if s.Op != nil && drawsNumbers(s.Op.Kind()) {
			random++
		}
	}
	p.keyMem = own.at + Ptr(own.add(make([]byte, 16*max(1, random))))
	for i := range p.plan.Values {
		if v := &p.plan.Values[i]; v.IsConst {
			c := float32(v.Const)
			p.mem[i].Ptr = own.at + Ptr(own.add(bytesOf(&c)))
		}
	}
	for i := range p.plan.Steps {
		s := &p.plan.Steps[i]
		b := &Bound{Op: s.Op, precision: p.precision.of(s.Op), libraries: p.libraries, step: i, faults: p.faultMem, scratch: p.d.arena.at + Ptr(s.Scratch)}
		b.keys = func(derive func(seed, step uint64) philox.Key) Ptr {
			if _, ok := keyAt[i]; !ok {
				keyAt[i] = len(p.keys)
				p.keys = append(p.keys, derive)
			}
			return p.keyMem + Ptr(16*keyAt[i])
		}
		b.data = func(bytes []byte) Ptr { return own.at + Ptr(own.add(bytes)) }
		for k, v := range s.In {
			m := p.mem[v]
			if s.Op != nil {
				m.Spec = s.Op.In[k] // the storage may be that of a value seen otherwise
			}
			b.In = append(b.In, m)
		}
		for _, v := range s.Out {
			m := p.mem[v]
			if !p.plan.Values[v].Read {
				m.Ptr = 0
			}
			b.Out = append(b.Out, m)
		}
		if s.Op == nil {
			addGradients(b)
		} else if err := bind(s.Op, b); err != nil {
			return err
		}
		if b.used > s.ScratchBytes {
			return fmt.Errorf("gpu: %s takes %d bytes of scratch memory and has %d", s.Op.Kind(), b.used, s.ScratchBytes)
		}
		if b.fault != nil {
			p.handlers[i] = b.fault
		}
		p.launches = append(p.launches, b.launches...)
	}
	if len(p.keys) > random {
		return fmt.Errorf("gpu: %d steps draw random numbers, %d said so", len(p.keys), random)
	}
	p.launches = joinUpdates(p.launches, own, p.faultMem)
	return nil
}

// finish fills the program's own memory and checks the launches.
func (p *Program) finish(constants []byte) error {
	for i := range p.launches {
		l := &p.launches[i]
		if l.product != nil {
			continue
		}
		f, ok := p.d.functions[l.Kernel]
		if !ok {
			return fmt.Errorf("gpu: there is no kernel %s", l.Kernel)
		}
		if len(l.Params) != f.bytes {
			return fmt.Errorf("gpu: kernel %s takes %d bytes, it is given %d", l.Kernel, f.bytes, len(l.Params))
		}
	}
	drv := p.d.driver
	b, err := drv.AllocHost(len(constants))
	if err != nil {
		return err
	}
	copy(b, constants)
	if err := errors.Join(drv.ToDevice(p.own.at, b, p.d.stream), drv.Wait(p.d.stream), drv.FreeHost(b)); err != nil {
		return err
	}
	p.keyBytes, err = drv.AllocHost(16 * max(1, len(p.keys)))
	return err
}

func (p *Program) close() error {
	var errs []error
	if p.graph != 0 {
		errs = append(errs, p.d.driver.CloseGraph(p.graph))
	}
	for _, e := range p.events {
		errs = append(errs, p.d.driver.CloseEvent(e))
	}
	for _, b := range [][]byte{p.staging, p.keyBytes} {
		if b != nil {
			errs = append(errs, p.d.driver.FreeHost(b))
		}
	}
	if p.own.at != 0 {
		errs = append(errs, p.d.driver.Free(p.own.at))
	}
	return errors.Join(errs...)
}

// Buf is the staging memory of a node that was kept, or of an input.
func (p *Program) Buf(n *op.Node) (Buf, error) {
	i, ok := p.plan.Value(n)
	if !ok {
		return Buf{}, fmt.Errorf("gpu: %v is not part of the plan", n)
	}
	t, ok := p.at[i]
	if !ok {
		return Buf{}, fmt.Errorf("gpu: %v is not kept", n)
	}
	return view(t.host, p.plan.Values[i].Spec), nil
}

// InputBuf is the staging memory from which an input is brought to the device, which is not the one it is read from after a step where a step
// changes it.
func (p *Program) InputBuf(n *op.Node) (Buf, error) {
	i, ok := p.plan.Value(n)
	if !ok {
		return Buf{}, fmt.Errorf("gpu: %v is not part of the plan", n)
	}
	for _, t := range p.in {
		if t.dev == p.mem[i].Ptr {
			return view(t.host, p.plan.Values[i].Spec), nil
		}
	}
	return Buf{}, fmt.Errorf("gpu: %v is not an input", n)
}

func view(b []byte, s op.Spec) Buf {
	n := s.Elems()
	out := Buf{Shape: s.Shape}
	switch {
	case s.DType == op.Int32 && n == 0:
		out.I = []int32{}
	case s.DType == op.Int32:
		out.I = unsafe.Slice((*int32)(unsafe.Pointer(&b[0])), n)
	case n == 0:
		out.F = []float32{}
	default:
		out.F = unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), n)
	}
	return out
}

// Run runs the program once: inputs to the device, all launches, results to the host. It waits for the results.
func (p *Program) Run(seed, step uint64) error {
	for i, derive := range p.keys {
		k := derive(seed, step)
		for j, w := range []uint32{k.Key[0], k.Key[1], k.Counter[0], k.Counter[1]} {
			binary.LittleEndian.PutUint32(p.keyBytes[16*i+4*j:], w)
		}
	}
	drv := p.d.driver
	switch {
	case p.spent != nil:
		if err := p.runTimed(); err != nil {
			return err
		}
	case p.d.Direct:
		if err := p.enqueue(len(p.launches)); err != nil {
			return err
		}
	default:
		if !p.ready {
			if err := p.capture(); err != nil {
				return err
			}
		}
		if err := drv.Replay(p.graph, p.d.stream); err != nil {
			return fmt.Errorf("a captured step: %w", err)
		}
	}
	if err := drv.Wait(p.d.stream); err != nil {
		return fmt.Errorf("a step on the device: %w", err)
	}
	return p.faulty()
}

// capture notes a whole step as a graph.
func (p *Program) capture() error {
	drv := p.d.driver
	if err := drv.BeginCapture(p.d.stream); err != nil {
		return err
	}
	err := p.enqueue(len(p.launches))
	g, end := drv.EndCapture(p.d.stream)
	if err = errors.Join(err, end); err != nil {
		if end == nil {
			err = errors.Join(err, drv.CloseGraph(g))
		}
		return err
	}
	p.graph, p.ready = g, true
	return nil
}

// enqueue gives the stream a step, with the first n of its launches.
func (p *Program) enqueue(n int) error {
	if err := p.before(); err != nil {
		return err
	}
	for i := range n {
		if err := p.launch(i); err != nil {
			return err
		}
	}
	return p.after()
}

// before gives the stream what comes before the launches of a step: keys, what the host steers by, and inputs.
func (p *Program) before() error {
	drv, s := p.d.driver, p.d.stream
	if len(p.keys) > 0 {
		if err := drv.ToDevice(p.keyMem, p.keyBytes, s); err != nil {
			return err
		}
	}
	for _, list := range [][]transfer{p.hyper, p.in} {
		for _, t := range list {
			if len(t.host) == 0 {
				continue
			}
			if err := drv.ToDevice(t.dev, t.host, s); err != nil {
				return err
			}
		}
	}
	return drv.Fill(p.faultMem, 0xff, 8, s)
}

// launch gives the stream launch i.
func (p *Program) launch(i int) error {
	l := &p.launches[i]
	if l.run != nil {
		if err := l.run(p.d.stream); err != nil {
			return fmt.Errorf("a product%s: %w", p.of(l.step), err)
		}
		return nil
	}
	if err := p.d.driver.Launch(p.d.functions[l.Kernel].f, &l.Launch, p.d.stream); err != nil {
		return fmt.Errorf("kernel %s%s: %w", l.Kernel, p.of(l.step), err)
	}
	return nil
}

// after gives the stream what comes after the launches: results, and the fault.
func (p *Program) after() error {
	drv, s := p.d.driver, p.d.stream
	for _, t := range p.out {
		if len(t.host) == 0 {
			continue
		}
		if err := drv.ToHost(t.host, t.dev, s); err != nil {
			return err
		}
	}
	return drv.ToHost(p.faultByte, p.faultMem, s)
}

// of names what a step of the plan belongs to.
func (p *Program) of(step int) string {
	if o := p.plan.Steps[step].Op; o != nil && o.Origin.Layer != "" {
		return fmt.Sprintf(" of layer %q", o.Origin.Layer)
	}
	return ""
}

// faulty is the error of the fault that kernels found in the step that was run, or nil.
func (p *Program) faulty() error {
	f := binary.LittleEndian.Uint64(p.faultByte)
	if f == 1<<64-1 {
		return nil
	}
	step, position := int(f>>32), int(uint32(f))
	h := p.handlers[step]
	if h == nil {
		return fmt.Errorf("gpu: a fault of step %d, position %d, that nobody knows", step, position)
	}
	ran := false
	return h(position, func(m Mem) ([]byte, error) {
		if !ran { // what the kernel looked at may have been written over since: the step is run again, up to there
			until := 0
			for until < len(p.launches) && p.launches[until].step <= step {
				until++
			}
			if err := errors.Join(p.enqueue(until), p.d.driver.Wait(p.d.stream)); err != nil {
				return nil, err
			}
			ran = true
		}
		b, err := p.d.driver.AllocHost(m.Bytes())
		if err != nil {
			return nil, err
		}
		err = errors.Join(p.d.driver.ToHost(b, m.Ptr, p.d.stream), p.d.driver.Wait(p.d.stream))
		out := append([]byte(nil), b...)
		return out, errors.Join(err, p.d.driver.FreeHost(b))
	})
}
