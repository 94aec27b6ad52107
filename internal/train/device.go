package train

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/gpu"
	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/plan"
)

// DeviceError says why a device cannot be used by this build on this machine, or nil.
func DeviceError(device string) error {
	if device == "auto" || device == "cpu" {
		return nil
	}
	return gpu.Check(device)
}

// resolve is the device that one asked for stands for: "auto" is the first GPU where one can be used, else the CPU.
func resolve(device string) string {
	if device == "cuda" || device == "auto" && gpu.Built("cuda") && gpu.Check("cuda") == nil {
		return "cuda:0"
	}
	if device == "auto" {
		return "cpu"
	}
	return device
}

// program is a plan made ready to run on a device.
type program interface {
	Run(c *cpu.Context) error
	Buf(n *op.Node) (cpu.Buf[float32], error)
}

// accelerator is the GPU that an engine's steps run on. The engine's state is the host's copy of the GPU's.
type accelerator struct {
	*gpu.Device
	state     *gpu.State
	precision gpu.Precision
	every     []string // names of state that the host sets before every step
	behind    bool     // the GPU's state is older than the host's
	ahead     bool     // it is newer
}

// newAccelerator opens a GPU and takes memory there for state.
func newAccelerator(device string, p *builder.Program, vars []builder.StateVar) (*accelerator, error) {
	d, err := gpu.Open(device)
	if err != nil {
		return nil, err
	}
	sizes := steered(p)
	bytes := 0
	for _, v := range vars {
		sizes = append(sizes, gpu.Sized{Name: v.Name, Elems: v.Shape.Size()})
		bytes += 4 * v.Shape.Size()
	}
	s, err := d.NewState(sizes)
	if errors.Is(err, gpu.ErrOutOfMemory) {
		err = fmt.Errorf("the model needs %d MiB for its weights and the optimizer's slots alone; %s has not got that much memory left", bytes>>20, d.Info.Name)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	a := &accelerator{Device: d, state: s, behind: true}
	for _, h := range steered(p) {
		a.every = append(a.every, h.Name)
	}
	return a, nil
}

// steered is the state that the host sets before every step: what the optimizers compute, and the scale of the loss.
func steered(p *builder.Program) []gpu.Sized {
	out := []gpu.Sized{{Name: builder.ScaleInput, Elems: 1}}
	for _, g := range p.Groups {
		out = append(out, gpu.Sized{Name: g.Input, Elems: len(g.Hyper(1, 0))})
	}
	return out
}

// pull brings the state that the GPU has changed to the host.
func (a *accelerator) pull() error {
	if a == nil || !a.ahead {
		return nil
	}
	a.ahead = false
	return a.state.Download()
}

// changed notes that the host's copy of the state was written.
func (a *accelerator) changed() {
	if a != nil {
		a.behind = true
	}
}

// options are those of plans for the GPU.
func (a *accelerator) options() plan.Options {
	return plan.Options{Scratch: a.Scratch, Apart: true}
}

// gpuProgram is a program on a GPU.
type gpuProgram struct {
	*gpu.Program
	a        *accelerator
	training bool
}

// compile binds a plan to the GPU, where its memory fits.
func (a *accelerator) compile(p *plan.Plan, g *builder.Graph, keep []*op.Node) (program, error) {
	free, err := a.Room()
	if err != nil {
		return nil, err
	}
	if int64(p.Arena) > free {
		return nil, a.short(p, g, free)
	}
	prog, err := a.Compile(gpu.CompileOptions{Plan: p, Keep: keep, State: a.state, Every: a.every, Precision: a.precision})
	if errors.Is(err, gpu.ErrOutOfMemory) {
		return nil, a.short(p, g, min(free, int64(p.Arena)-1))
	}
	if err != nil {
		return nil, err
	}
	return &gpuProgram{prog, a, len(g.Also) > 0}, nil
}

// short says that a step does not fit.
func (a *accelerator) short(p *plan.Plan, g *builder.Graph, free int64) error {
	return &gpuMemoryError{batch: g.Batch, need: int64(p.Arena), free: free, device: a.Info.Name}
}

// Run runs a step, with the state as the host has it where that is newer.
func (p *gpuProgram) Run(c *cpu.Context) error {
	if p.a.behind {
		if err := p.a.state.Upload(); err != nil {
			return err
		}
		p.a.behind = false
	}
	p.a.ahead = p.a.ahead || p.training
	return p.Program.Run(c.Seed, c.Step)
}

// Buf is the memory that an input is set in, or a result read.
func (p *gpuProgram) Buf(n *op.Node) (cpu.Buf[float32], error) {
	b, err := p.Program.Buf(n)
	return cpu.Buf[float32]{F: b.F, I: b.I, Shape: b.Shape}, err
}

// gpuMemoryError says that a step needs more memory than the GPU has.
type gpuMemoryError struct {
	batch      int
	need, free int64 // bytes
	device     string
	fits       int // the largest batch that would, where it was looked for; 0 where none does
}

func (e *gpuMemoryError) Error() string {
	text := fmt.Sprintf("a step of %d examples needs %s on %s, besides weights and the optimizer's slots; %s is free there", e.batch, size(e.need), e.device, size(max(0, e.free)))
	if e.fits > 0 {
		return text + fmt.Sprintf(": batch_size = %d would fit", e.fits)
	}
	return text + ": choose a smaller model or batch_size"
}

// search looks for a batch that fits, by planning smaller ones.
func (e *gpuMemoryError) search(on *engine, graph func(batch int) (*builder.Graph, error)) error {
	fits := func(batch int) (bool, error) {
		g, err := graph(batch)
		if err != nil {
			return false, err
		}
		p, err := on.plan(g, readAfter(g), false)
		return err == nil && int64(p.Arena) <= e.free, err
	}
	low, high := 0, e.batch // low fits, high does not
	for tries := 0; high-low > max(1, low/16) && tries < 12; tries++ {
		middle := (low + high) / 2
		ok, err := fits(middle)
		if err != nil {
			return err
		}
		if ok {
			low = middle
		} else {
			high = middle
		}
	}
	e.fits = low
	return nil
}

// size is a number of bytes as people read it.
func size(bytes int64) string {
	if bytes < 10<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// where names the file and line of the layer that an operation without a GPU kernel belongs to.
func where(m *builder.Model, err error) error {
	var unsupported *gpu.UnsupportedError
	if !errors.As(err, &unsupported) {
		return err
	}
	for _, l := range m.Layers {
		if l.Path == unsupported.Layer {
			return fmt.Errorf("%s:%d: %w", l.Where.Filename, l.Where.Start.Line, err)
		}
	}
	return err
}

// engineOn makes an engine on the device that is asked for. With ready the caller has the steps made that it will run, so that what cannot
// run there is known before the first; of device "auto" such a model runs on the CPU, of which note is told why. It returns the name of the
// device that is used.
func engineOn(asked string, p *builder.Program, m *cpu.Machine, weighted [][]int, limit int64, note func(text string), ready func(e *engine) error) (*engine, string, error) {
	device := resolve(asked)
	onCPU := func() (*engine, string, error) {
		e := newEngine(p, m, weighted)
		e.limit = limit
		return e, "cpu", ready(e)
	}
	if device == "cpu" {
		return onCPU()
	}
	e, err := newEngineOn(device, p, m, weighted)
	if err != nil {
		return nil, device, err
	}
	e.limit = limit
	if err = ready(e); err == nil {
		return e, device, nil
	}
	err = errors.Join(where(p.Model, err), e.Close())
	var unsupported *gpu.UnsupportedError
	if asked != "auto" || !errors.As(err, &unsupported) {
		return nil, device, err
	}
	note(fmt.Sprintf("The CPU is used, although there is a GPU: %v.", err))
	return onCPU()
}

// engine makes the engine of a unit on its device, or on the one that the settings name.
func (s *session) engine(u *Unit, weighted [][]int, ready func(e *engine) error) (*engine, string, error) {
	asked := u.Training.Device
	if s.Device != "" {
		asked = s.Device
	}
	return engineOn(asked, u.Program, s.machine, weighted, s.MemoryLimit, s.Observer.Note, func(e *engine) error {
		u.Training.AutoScale = false
		if e.gpu == nil {
			return nil // what the CPU cannot do is said by the step that wants it
		}
		e.gpu.precision = gpu.Precision(slices.Index(precisions, s.precision(u)))
		u.Training.AutoScale = e.gpu.precision == gpu.Float16
		return ready(e)
	})
}

// precisions are the names of those of products, by gpu.Precision.
var precisions = []string{"float32", "tensorfloat32", "mixed_bfloat16", "mixed_float16"}

// precision is the one that a unit's products will have on its device.
func (s *session) precision(u *Unit) string {
	asked := u.Training.Device
	if s.Device != "" {
		asked = s.Device
	}
	switch {
	case resolve(asked) == "cpu":
		return "float32"
	case u.Training.Precision == "float32" && s.TF32:
		return "tensorfloat32"
	}
	return u.Training.Precision
}

// precision is the one that an engine's products have.
func (e *engine) precision() string {
	if e.gpu == nil {
		return "float32"
	}
	return precisions[e.gpu.precision]
}

// ofBundle is the device that a bundle's predictions are asked for on: "auto" where nobody says.
func (s Settings) ofBundle() string {
	if s.Device == "" {
		return "auto"
	}
	return s.Device
}

// note tells an observer, where there is one.
func (s Settings) note(text string) {
	if s.Observer != nil {
		s.Observer.Note(text)
	}
}
