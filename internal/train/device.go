package train

import (
	"errors"
	"fmt"

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
	state  *gpu.State
	every  []string // names of state that the host sets before every step
	behind bool     // the GPU's state is older than the host's
	ahead  bool     // it is newer
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

// compile binds a plan to the GPU.
func (a *accelerator) compile(p *plan.Plan, g *builder.Graph, keep []*op.Node) (program, error) {
	prog, err := a.Compile(gpu.CompileOptions{Plan: p, Keep: keep, State: a.state, Every: a.every})
	if errors.Is(err, gpu.ErrOutOfMemory) {
		free, freeErr := a.Free()
		if freeErr != nil {
			return nil, errors.Join(err, freeErr)
		}
		return nil, &gpuMemoryError{batch: g.Batch, need: int64(p.Arena), free: free, device: a.Info.Name}
	}
	if err != nil {
		return nil, err
	}
	return &gpuProgram{prog, a, len(g.Also) > 0}, nil
}

// Run runs a step, with the state as the host has it where that is newer.
func (p *gpuProgram) Run(c *cpu.Context) error {
	if p.a.behind {
		if err := p.a.state.Upload(); err != nil {
			return err
		}
		p.a.behind = false
	}
	if err := p.Program.Run(c.Seed, c.Step); err != nil {
		return err
	}
	p.a.ahead = p.a.ahead || p.training
	return nil
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
}

func (e *gpuMemoryError) Error() string {
	text := fmt.Sprintf("a step of %d examples needs %s on %s, besides weights and the optimizer's slots; %s is free there", e.batch, size(e.need), e.device, size(e.free))
	if fits := int64(e.batch) * e.free / max(1, e.need); fits >= 1 && fits < int64(e.batch) {
		return text + fmt.Sprintf(": about batch_size = %d would fit", fits)
	}
	return text + ": choose a smaller model"
}

// size is a number of bytes as people read it.
func size(bytes int64) string {
	if bytes < 10<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}

// where names the file and line of the layer that an operation without a GPU kernel belongs to.
func (u *Unit) where(err error) error {
	var unsupported *gpu.UnsupportedError
	if !errors.As(err, &unsupported) {
		return err
	}
	for _, l := range u.Model.Layers {
		if l.Path == unsupported.Layer {
			return fmt.Errorf("%s:%d: %w", l.Where.Filename, l.Where.Start.Line, err)
		}
	}
	return err
}

// engine makes the engine of a unit on its device, or on the one that the settings name. A step of training is made ready, so that what cannot
// run there is known before the first; of device "auto" such a model runs on the CPU, which the observer is told.
func (s *session) engine(u *Unit, weighted [][]int, ready func(e *engine) error) (*engine, string, error) {
	asked := u.Training.Device
	if s.Device != "" {
		asked = s.Device
	}
	device := resolve(asked)
	if device == "cpu" {
		e := newEngine(u.Program, s.machine, weighted)
		e.limit = s.MemoryLimit
		return e, device, nil
	}
	e, err := newEngineOn(device, u.Program, s.machine, weighted)
	if err != nil {
		return nil, device, err
	}
	e.limit = s.MemoryLimit
	if err = ready(e); err == nil {
		return e, device, nil
	}
	err = errors.Join(u.where(err), e.Close())
	var unsupported *gpu.UnsupportedError
	if asked != "auto" || !errors.As(err, &unsupported) {
		return nil, device, err
	}
	s.Observer.Note(fmt.Sprintf("The CPU is used, although there is a GPU: %v.", err))
	e = newEngine(u.Program, s.machine, weighted)
	e.limit = s.MemoryLimit
	return e, "cpu", nil
}
