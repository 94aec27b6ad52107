package gpu

import (
	"fmt"
	"reflect"
	"slices"
	"sort"
	"unsafe"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

// Mem is the memory of one value. An output that nobody reads has no address and need not be computed.
type Mem struct {
	Ptr
	op.Spec
}

// Unread tells whether nobody reads this output.
func (m Mem) Unread() bool { return m.Ptr == 0 }

// Bound is what binds an operation to launches: its inputs and outputs, and methods that note what is to run. An operation is bound twice: once
// to find out what scratch memory it needs, with made-up addresses, and once in earnest.
type Bound struct {
	Op      *op.Op
	In, Out []Mem
	step    int // of the plan

	precision Precision // of products
	libraries bool      // whether a library does those that it can

	scratch  Ptr
	used     int // bytes of scratch
	launches []call
	faults   Ptr
	fault    func(position int, read func(m Mem) ([]byte, error)) error
	keys     func(derive func(seed, step uint64) philox.Key) Ptr
	data     func(bytes []byte) Ptr // constants
}

// call is a launch, or a part of one that updates many tensors.
type call struct {
	Launch
	step    int
	update  *tensorUpdate
	product *Product             // of a library
	run     func(s Stream) error // the product made ready
}

type binder struct {
	bind   func(o *op.Op, b *Bound) error
	fields []string // of the operation, that the kernel knows
}

var binders = map[string]*binder{}

// register adds the binding of the operation that its first argument is of. Of the operation's fields it names those that the binding looks at
// or that mean nothing to it: an operation with another field set is refused, so that an attribute which only the CPU knows is not passed over.
func register[D op.Def](bind func(d D, b *Bound) error, fields ...string) bool {
	var zero D
	if _, dup := binders[zero.Kind()]; dup {
		panic("gpu: two bindings of " + zero.Kind())
	}
	binders[zero.Kind()] = &binder{func(o *op.Op, b *Bound) error { return bind(o.Def.(D), b) }, fields}
	return true
}

// Kinds lists the operations that have a kernel here.
func Kinds() []string {
	var out []string
	for k := range binders {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// UnsupportedError says that an operation has no kernel on a GPU.
type UnsupportedError struct {
	Kind  string
	Why   string // "" where there is none at all
	Layer string // that it belongs to, or ""
}

func (e *UnsupportedError) Error() string {
	text := fmt.Sprintf("operation %q has no GPU kernel yet", e.Kind)
	if e.Why != "" {
		text = fmt.Sprintf("the GPU kernel of operation %q cannot do this yet: %s", e.Kind, e.Why)
	}
	if e.Layer != "" {
		text = fmt.Sprintf("layer %q: %s", e.Layer, text)
	}
	return text + "; device = \"cpu\" can run it"
}

// unsupported refuses what a kernel cannot do.
func (b *Bound) unsupported(format string, args ...any) error {
	return &UnsupportedError{Kind: b.Op.Kind(), Why: fmt.Sprintf(format, args...), Layer: b.Op.Origin.Layer}
}

// bind notes the launches of an operation.
func bind(o *op.Op, b *Bound) error {
	k := binders[o.Kind()]
	if k == nil {
		return &UnsupportedError{Kind: o.Kind(), Layer: o.Origin.Layer}
	}
	for _, s := range slices.Concat(o.In, o.Outs) {
		if s.DType == op.Float64 {
			return b.unsupported("numbers are float32 there")
		}
	}
	if name := unknownField(reflect.ValueOf(o.Def), k.fields); name != "" {
		return b.unsupported("it has %s set", name)
	}
	return k.bind(o, b)
}

// unknownField is a field that is set and not among those known, or "". Fields of embedded structs count as their own.
func unknownField(v reflect.Value, known []string) string {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			if name := unknownField(v.Field(i), known); name != "" {
				return name
			}
		case !v.Field(i).IsZero() && !slices.Contains(known, f.Name):
			return f.Name
		}
	}
	return ""
}

// Scratch is the memory in bytes that the kernels of an operation need besides its inputs and outputs; 0 where it cannot be bound, which
// Compile reports.
func (d *Device) Scratch(o *op.Op) int {
	b := measuring(o)
	if err := bind(o, b); err != nil {
		return 0
	}
	return b.used
}

// measuring is a binding with made-up addresses.
func measuring(o *op.Op) *Bound {
	b := &Bound{Op: o, scratch: 1 << 40, faults: 1 << 41, keys: func(func(uint64, uint64) philox.Key) Ptr { return 1 << 42 }, data: func([]byte) Ptr { return 1 << 43 }}
	at := Ptr(1 << 32)
	take := func(s op.Spec) Mem {
		at += 1 << 32
		return Mem{at, s}
	}
	for _, s := range o.In {
		b.In = append(b.In, take(s))
	}
	for _, s := range o.Outs {
		b.Out = append(b.Out, take(s))
	}
	return b
}

// temporary is scratch memory for elements of 32 bits.
func (b *Bound) temporary(elems int) Ptr {
	p := b.scratch + Ptr(b.used)
	b.used += (4*elems + memoryAlign - 1) &^ (memoryAlign - 1)
	return p
}

// maxGrid is the most blocks along the first axis that loops over elements are given; they take what is left in turns.
const maxGrid = 1 << 16

// threads is how many there are in a block of most kernels.
const threads = 256

// each launches a kernel that loops over n elements.
func each[P any](b *Bound, kernel string, n int, params P) {
	if n > 0 {
		launch(b, kernel, [3]int{min(maxGrid, (n+threads-1)/threads), 1, 1}, threads, params)
	}
}

// rows launches a kernel that has a block for each row, of up to n elements.
func rows[P any](b *Bound, kernel string, count, n int, params P) {
	if count > 0 {
		launch(b, kernel, [3]int{count, 1, 1}, rowThreads(n), params)
	}
}

// rowThreads is the size of a block for a row of n elements: whole warps.
func rowThreads(n int) int {
	t := 32
	for t < n/4 && t < 1024 {
		t *= 2
	}
	return t
}

// launch notes a launch.
func launch[P any](b *Bound, kernel string, grid [3]int, block int, params P) {
	b.launches = append(b.launches, call{Launch: Launch{Kernel: kernel, Grid: grid, Block: [3]int{block, 1, 1}, Params: bytesOf(&params)}, step: b.step})
}

// bytesOf are the bytes of a struct that is laid out as C does.
func bytesOf[P any](p *P) []byte {
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(p)), unsafe.Sizeof(*p))...)
}
