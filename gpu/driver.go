// Package gpu is the GPU executor: it binds the plan that internal/cpu runs to a device's memory and to kernels (gpu/kernels), and runs a
// step as one replayed graph of launches and copies.
//
// What a device is, it knows through Driver alone: gpu/cuda has CUDA's, and one for another make would bring its own with the same
// kernels. A build without a driver knows that there is none and says so.
//
// The words: a launch is one run of a kernel; a program is a plan as launches; staging memory is the host's memory that the device reads
// inputs from and writes results to; state is memory of the device's that outlives a step, with a copy of it on the host; a fault is what
// a kernel found wrong with the data, as a label that is no class.
package gpu

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dlrun/dlrun/gpu/kernels"
)

// Ptr is an address in a device's memory.
type Ptr uint64

// Handles of a driver's things. 0 is none.
type (
	Stream   uintptr
	Event    uintptr
	Module   uintptr
	Function uintptr
	Graph    uintptr
)

// Info describes a device.
type Info struct {
	Name       string
	Capability [2]int // CUDA's compute capability
	Memory     int64  // bytes
	Cores      int    // multiprocessors
}

// Driver is what the executor asks of a make of device. Its methods may be called from any goroutine, one at a time. Work given to a stream
// runs in order and later: memory it reads or writes must stay as it is until Wait. All of a driver's memory is aligned to 256 bytes.
type Driver interface {
	// Devices lists what there is. An error says why nothing can be used, as where there is no driver on the machine.
	Devices() ([]Info, error)
	// Version is that of the driver on the machine, as people know it.
	Version() string
	// Open makes a device the one that the other methods work on.
	Open(device int) error
	Close() error

	MemoryFree() (free, total int64, err error)
	Alloc(bytes int) (Ptr, error) // ErrOutOfMemory where there is not enough
	Free(p Ptr) error
	AllocHost(bytes int) ([]byte, error) // memory of the host's that a stream can copy from and to
	FreeHost(b []byte) error

	NewStream() (Stream, error)
	CloseStream(s Stream) error
	Wait(s Stream) error
	NewEvent() (Event, error)
	CloseEvent(e Event) error
	Record(e Event, s Stream) error
	Elapsed(from, to Event) (time.Duration, error)

	ToDevice(dst Ptr, src []byte, s Stream) error
	ToHost(dst []byte, src Ptr, s Stream) error
	Fill(dst Ptr, value byte, bytes int, s Stream) error

	Load(image string) (Module, error)
	Unload(m Module) error
	Function(m Module, name string) (Function, error)
	Launch(f Function, l *Launch, s Stream) error

	// BeginCapture makes a stream note its work rather than do it, until EndCapture, which returns it as a graph.
	BeginCapture(s Stream) error
	EndCapture(s Stream) (Graph, error)
	Replay(g Graph, s Stream) error
	CloseGraph(g Graph) error
}

// ErrOutOfMemory is what Alloc returns, perhaps wrapped, where a device has not got the memory.
var ErrOutOfMemory = fmt.Errorf("the device has not got that much memory left")

// Launch is one run of a kernel, which takes one struct, given by its bytes.
type Launch struct {
	Kernel      string
	Grid, Block [3]int
	Params      []byte
}

// Make is a registered make of device.
type Make struct {
	New    func() Driver
	Images []kernels.Image
}

var (
	mu    sync.Mutex
	makes = map[string]Make{}
)

// Register adds a make of device under the name by which a file asks for it: "cuda".
func Register(name string, m Make) bool {
	mu.Lock()
	defer mu.Unlock()
	makes[name] = m
	return true
}

// Built tells whether this build can use devices of a make at all.
func Built(name string) bool {
	mu.Lock()
	defer mu.Unlock()
	_, ok := makes[name]
	return ok
}

// Parse reads the name of a device: "cuda", "cuda:1".
func Parse(device string) (name string, number int, err error) {
	name, rest, numbered := strings.Cut(device, ":")
	if numbered {
		number, err = strconv.Atoi(rest)
		if err != nil || number < 0 || strconv.Itoa(number) != rest {
			return "", 0, fmt.Errorf("device %q: %q is no number of a device, as in \"cuda:0\"", device, rest)
		}
	}
	if name != "cuda" {
		return "", 0, fmt.Errorf("there is no device %q; there is \"auto\", \"cpu\", \"cuda\" and \"cuda:0\"", device)
	}
	return name, number, nil
}

// Oldest is the lowest compute capability that the kernels run on: they are compiled for it.
const Oldest = 8

// Find is the driver of a device, and what there is of its make.
func Find(device string) (Driver, []Info, error) {
	name, _, err := Parse(device)
	if err != nil {
		return nil, nil, err
	}
	mu.Lock()
	m, ok := makes[name]
	mu.Unlock()
	if !ok {
		return nil, nil, fmt.Errorf("this build of dlrun has no GPU support, so device %q cannot be used; \"cpu\" and \"auto\" can. It was built without CUDA: docs/guides/gpu.md says how to build with it", device)
	}
	d := m.New()
	infos, err := d.Devices()
	if err != nil {
		return nil, nil, fmt.Errorf("device %q cannot be used: %w", device, err)
	}
	return d, infos, nil
}

// Check says why a device cannot be used, or nil.
func Check(device string) error {
	_, infos, err := Find(device)
	if err != nil {
		return err
	}
	return pick(device, infos)
}

func pick(device string, infos []Info) error {
	_, n, err := Parse(device)
	switch {
	case err != nil:
		return err
	case len(infos) == 0:
		return fmt.Errorf("device %q cannot be used: the driver knows of no GPU on this machine", device)
	case n >= len(infos):
		return fmt.Errorf("device %q: there are only %d, numbered from 0", device, len(infos))
	case infos[n].Capability[0] < Oldest:
		return fmt.Errorf("device %q, %s, has compute capability %d.%d; dlrun's kernels want %d.0 or later", device, infos[n].Name, infos[n].Capability[0], infos[n].Capability[1], Oldest)
	}
	return nil
}
