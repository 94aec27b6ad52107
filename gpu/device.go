package gpu

import (
	"errors"
	"fmt"
	"unsafe"
)

// Device is a device at work: its stream, its kernels and its memory.
type Device struct {
	Info      Info
	driver    Driver
	stream    Stream
	modules   []Module
	functions map[string]loaded
	arena     region
	old       []region // arenas that programs compiled before still use
	programs  []*Program
	states    []*State

	// Direct makes programs launch their steps one by one rather than replay a graph. Results are the same.
	Direct bool
}

type loaded struct {
	f     Function
	bytes int // of its parameter
}

type region struct {
	at    Ptr
	bytes int
}

// Open opens a device by name and loads the kernels.
func Open(device string) (*Device, error) {
	driver, infos, err := Find(device)
	if err != nil {
		return nil, err
	}
	if err := pick(device, infos); err != nil {
		return nil, err
	}
	name, n, err := Parse(device)
	if err != nil {
		return nil, err
	}
	mu.Lock()
	images := makes[name].Images
	mu.Unlock()
	if err := driver.Open(n); err != nil {
		return nil, fmt.Errorf("device %q: %w", device, err)
	}
	d := &Device{Info: infos[n], driver: driver, functions: map[string]loaded{}}
	if d.stream, err = driver.NewStream(); err != nil {
		return nil, errors.Join(fmt.Errorf("device %q: %w", device, err), d.Close())
	}
	for _, im := range images {
		sizes, err := im.Parameters()
		if err == nil {
			err = d.load(im.PTX, sizes)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("device %q: kernels of %s.cu: %w", device, im.Name, err), d.Close())
		}
	}
	return d, nil
}

func (d *Device) load(image string, sizes map[string]int) error {
	m, err := d.driver.Load(image)
	if err != nil {
		return err
	}
	d.modules = append(d.modules, m)
	for name, bytes := range sizes {
		f, err := d.driver.Function(m, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		d.functions[name] = loaded{f, bytes}
	}
	return nil
}

// Close gives everything back.
func (d *Device) Close() error {
	var errs []error
	try := func(err error) { errs = append(errs, err) }
	for _, p := range d.programs {
		try(p.close())
	}
	for _, s := range d.states {
		try(s.close())
	}
	for _, r := range append(d.old, d.arena) {
		if r.at != 0 {
			try(d.driver.Free(r.at))
		}
	}
	for _, m := range d.modules {
		try(d.driver.Unload(m))
	}
	if d.stream != 0 {
		try(d.driver.CloseStream(d.stream))
	}
	try(d.driver.Close())
	return errors.Join(errs...)
}

// reserve makes the arena at least that long.
func (d *Device) reserve(bytes int) error {
	if bytes <= d.arena.bytes {
		return nil
	}
	at, err := d.driver.Alloc(bytes)
	if err != nil {
		return err
	}
	if d.arena.at != 0 {
		d.old = append(d.old, d.arena)
	}
	d.arena = region{at, bytes}
	return nil
}

// Free is the memory that is left on the device, in bytes.
func (d *Device) Free() (int64, error) {
	free, _, err := d.driver.MemoryFree()
	return free, err
}

// Room is how long, in bytes, an arena can be: what is free, or what there is already where that is more.
func (d *Device) Room() (int64, error) {
	free, err := d.Free()
	return max(free, int64(d.arena.bytes)), err
}

// Arena is a copy of the arena's memory. Tests look at what lies around values.
func (d *Device) Arena() ([]byte, error) {
	b, err := d.driver.AllocHost(d.arena.bytes)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(d.driver.ToHost(b, d.arena.at, d.stream), d.driver.Wait(d.stream)); err != nil {
		return nil, err
	}
	out := append([]byte(nil), b...)
	return out, d.driver.FreeHost(b)
}

// FillArena sets every byte of the arena, which is made that long. Tests mark what has not been written.
func (d *Device) FillArena(value byte, bytes int) error {
	if err := d.reserve(bytes); err != nil {
		return err
	}
	return errors.Join(d.driver.Fill(d.arena.at, value, d.arena.bytes, d.stream), d.driver.Wait(d.stream))
}

// State is memory of the device's that outlives a step, all of float32, by name, with a copy on the host. The two are alike after Upload
// and after Download.
type State struct {
	d    *Device
	at   Ptr
	host []byte
	of   map[string]span
}

type span struct{ offset, elems int }

// Sized is a name and a number of elements.
type Sized struct {
	Name  string
	Elems int
}

// NewState takes memory for state, which is 0 on the host and undefined on the device.
func (d *Device) NewState(list []Sized) (*State, error) {
	s := &State{d: d, of: map[string]span{}}
	bytes := 0
	for _, v := range list {
		s.of[v.Name] = span{bytes, v.Elems}
		bytes += (4*v.Elems + memoryAlign - 1) &^ (memoryAlign - 1)
	}
	bytes = max(bytes, memoryAlign)
	var err error
	if s.at, err = d.driver.Alloc(bytes); err != nil {
		return nil, err
	}
	d.states = append(d.states, s)
	if s.host, err = d.driver.AllocHost(bytes); err != nil {
		return nil, err
	}
	clear(s.host)
	return s, nil
}

// memoryAlign is the alignment of what lies in a device's memory: a line of its cache.
const memoryAlign = 128

// Host is the host's copy of a value.
func (s *State) Host(name string) []float32 {
	v, ok := s.of[name]
	if !ok || v.elems == 0 {
		return []float32{}
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&s.host[v.offset])), v.elems)
}

// Upload brings all of the host's copy to the device.
func (s *State) Upload() error {
	return errors.Join(s.d.driver.ToDevice(s.at, s.host, s.d.stream), s.d.driver.Wait(s.d.stream))
}

// Download brings all that the device has to the host.
func (s *State) Download() error {
	return errors.Join(s.d.driver.ToHost(s.host, s.at, s.d.stream), s.d.driver.Wait(s.d.stream))
}

// memory is where a value lies on the device.
func (s *State) memory(name string) (Ptr, int, bool) {
	v, ok := s.of[name]
	return s.at + Ptr(v.offset), v.elems, ok
}

func (s *State) close() error {
	var errs []error
	if s.host != nil {
		errs = append(errs, s.d.driver.FreeHost(s.host))
	}
	if s.at != 0 {
		errs = append(errs, s.d.driver.Free(s.at))
	}
	return errors.Join(errs...)
}
