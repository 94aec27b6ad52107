//go:build cuda

package cuda

/*
#include <cuda.h>
#include <stdlib.h>

// From the trampolines of gpu/toolkit.sh.
extern int dlrun_cuda_init;
extern const char *dlrun_cuda_library;
extern const char *dlrun_cuda_problem;

static CUresult launch(CUfunction f, int gx, int gy, int gz, int bx, int by, int bz, CUstream s, void *params) {
  void *all[1] = {params};
  return cuLaunchKernel(f, gx, gy, gz, bx, by, bz, 0, s, all, NULL);
}
static CUresult end_capture(CUstream s, CUgraphExec *e) {
  CUgraph g = NULL;
  CUresult r = cuStreamEndCapture(s, &g);
  if (r != CUDA_SUCCESS) return r;
  r = cuGraphInstantiateWithFlags(e, g, 0);
  CUresult d = cuGraphDestroy(g);
  return r != CUDA_SUCCESS ? r : d;
}
static CUresult begin_capture(CUstream s) { return cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL); }
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"gorgonia.org/cu"

	"github.com/dlrun/dlrun/gpu"
	"github.com/dlrun/dlrun/gpu/kernels"
)

var _ = gpu.Register("cuda", gpu.Make{New: func() gpu.Driver { return new(driver) }, Images: kernels.Images()})

// driver is a device opened by its primary context.
type driver struct {
	device  cu.Device
	context C.CUcontext
	events  map[gpu.Event]cu.Event
	next    gpu.Event
	library *library // nil until it is asked for
}

var _ gpu.Multiplier = (*driver)(nil)

// failure is an error of CUDA's.
type failure struct {
	call   string
	result C.CUresult
}

func (e *failure) Error() string {
	var name, text *C.char
	C.cuGetErrorName(e.result, &name)
	C.cuGetErrorString(e.result, &text)
	if name == nil || text == nil {
		return fmt.Sprintf("%s: CUDA error %d", e.call, int(e.result))
	}
	return fmt.Sprintf("%s: %s (%s)", e.call, C.GoString(text), C.GoString(name))
}

// Is makes errors.Is know what is out of memory.
func (e *failure) Is(target error) bool {
	return target == gpu.ErrOutOfMemory && e.result == C.CUDA_ERROR_OUT_OF_MEMORY
}

func check(call string, r C.CUresult) error {
	if r == C.CUDA_SUCCESS {
		return nil
	}
	return &failure{call, r}
}

// wrap names the call of an error of gorgonia.org/cu.
func wrap(call string, err error) error {
	switch err {
	case nil:
		return nil
	case cu.OutOfMemory:
		return &failure{call, C.CUDA_ERROR_OUT_OF_MEMORY}
	}
	return fmt.Errorf("%s: %w", call, err)
}

// enter makes the context the current one of the thread that the goroutine runs on, and keeps it on that thread until leave.
func (d *driver) enter() error {
	runtime.LockOSThread()
	if err := check("cuCtxSetCurrent", C.cuCtxSetCurrent(d.context)); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	return nil
}

func (d *driver) do(f func() error) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	return f()
}

// Devices lists the GPUs.
func (d *driver) Devices() ([]gpu.Info, error) {
	switch {
	case C.dlrun_cuda_problem != nil:
		return nil, fmt.Errorf("there is no driver of NVIDIA's on this machine: %s", C.GoString(C.dlrun_cuda_problem))
	case C.dlrun_cuda_init != 0:
		return nil, fmt.Errorf("the driver %s does not start: %w", C.GoString(C.dlrun_cuda_library), &failure{"cuInit", C.CUresult(C.dlrun_cuda_init)})
	}
	n, err := cu.NumDevices()
	if err != nil {
		return nil, wrap("cuDeviceGetCount", err)
	}
	var out []gpu.Info
	for i := range n {
		dev, err := cu.GetDevice(i)
		if err != nil {
			return nil, wrap("cuDeviceGet", err)
		}
		var info gpu.Info
		if info.Name, err = dev.Name(); err != nil {
			return nil, wrap("cuDeviceGetName", err)
		}
		if info.Memory, err = dev.TotalMem(); err != nil {
			return nil, wrap("cuDeviceTotalMem", err)
		}
		for _, a := range []struct {
			of cu.DeviceAttribute
			to *int
		}{{cu.ComputeCapabilityMajor, &info.Capability[0]}, {cu.ComputeCapabilityMinor, &info.Capability[1]}, {cu.MultiprocessorCount, &info.Cores}} {
			if *a.to, err = dev.Attribute(a.of); err != nil {
				return nil, wrap("cuDeviceGetAttribute", err)
			}
		}
		out = append(out, info)
	}
	return out, nil
}

// Version is the CUDA version that the driver supports.
func (d *driver) Version() string {
	v := cu.Version()
	return fmt.Sprintf("CUDA %d.%d", v/1000, v%1000/10)
}

func (d *driver) Open(device int) error {
	dev, err := cu.GetDevice(device)
	if err != nil {
		return wrap("cuDeviceGet", err)
	}
	d.device, d.events = dev, map[gpu.Event]cu.Event{}
	return check("cuDevicePrimaryCtxRetain", C.cuDevicePrimaryCtxRetain(&d.context, C.CUdevice(dev)))
}

func (d *driver) Close() error {
	if d.context == nil {
		return nil
	}
	err := d.closeLibrary()
	d.context = nil
	return errors.Join(err, wrap("cuDevicePrimaryCtxRelease", d.device.ReleasePrimaryCtx()))
}

func (d *driver) MemoryFree() (free, total int64, err error) {
	err = d.do(func() error {
		free, total, err = cu.MemInfo()
		return wrap("cuMemGetInfo", err)
	})
	return free, total, err
}

func (d *driver) Alloc(bytes int) (p gpu.Ptr, err error) {
	err = d.do(func() error {
		at, err := cu.MemAlloc(int64(bytes))
		p = gpu.Ptr(at)
		return wrap(fmt.Sprintf("cuMemAlloc of %d MiB", bytes>>20), err)
	})
	return p, err
}

func (d *driver) Free(p gpu.Ptr) error {
	return d.do(func() error { return wrap("cuMemFree", cu.MemFree(cu.DevicePtr(p))) })
}

func (d *driver) AllocHost(bytes int) (b []byte, err error) {
	err = d.do(func() error {
		var p unsafe.Pointer
		if err := check("cuMemHostAlloc", C.cuMemHostAlloc(&p, C.size_t(max(1, bytes)), 0)); err != nil {
			return err
		}
		b = unsafe.Slice((*byte)(p), max(1, bytes))[:bytes]
		return nil
	})
	return b, err
}

func (d *driver) FreeHost(b []byte) error {
	return d.do(func() error { return wrap("cuMemFreeHost", cu.MemFreeHost(unsafe.Pointer(unsafe.SliceData(b)))) })
}

func (d *driver) NewStream() (s gpu.Stream, err error) {
	err = d.do(func() error {
		var c C.CUstream
		err := check("cuStreamCreate", C.cuStreamCreate(&c, C.CU_STREAM_NON_BLOCKING))
		s = gpu.Stream(unsafe.Pointer(c))
		return err
	})
	return s, err
}

func (d *driver) CloseStream(s gpu.Stream) error {
	return d.do(func() error { return check("cuStreamDestroy", C.cuStreamDestroy(stream(s))) })
}

// The handles are pointers of C's, which Go neither moves nor frees.
func stream(s gpu.Stream) C.CUstream { return *(*C.CUstream)(unsafe.Pointer(&s)) }

func module(m gpu.Module) C.CUmodule { return *(*C.CUmodule)(unsafe.Pointer(&m)) }

func function(f gpu.Function) C.CUfunction { return *(*C.CUfunction)(unsafe.Pointer(&f)) }

func graph(g gpu.Graph) C.CUgraphExec { return *(*C.CUgraphExec)(unsafe.Pointer(&g)) }

// cuStream is a stream as gorgonia.org/cu has it: a struct of the handle.
func cuStream(s gpu.Stream) cu.Stream { return *(*cu.Stream)(unsafe.Pointer(&s)) }

func (d *driver) Wait(s gpu.Stream) error {
	return d.do(func() error { return check("cuStreamSynchronize", C.cuStreamSynchronize(stream(s))) })
}

func (d *driver) NewEvent() (e gpu.Event, err error) {
	err = d.do(func() error {
		ev, err := cu.MakeEvent(cu.DefaultEvent)
		d.next++
		e = d.next
		d.events[e] = ev
		return wrap("cuEventCreate", err)
	})
	return e, err
}

func (d *driver) CloseEvent(e gpu.Event) error {
	ev := d.events[e]
	delete(d.events, e)
	return d.do(func() error { return wrap("cuEventDestroy", cu.DestroyEvent(&ev)) })
}

func (d *driver) Record(e gpu.Event, s gpu.Stream) error {
	return d.do(func() error { return wrap("cuEventRecord", d.events[e].Record(cuStream(s))) })
}

func (d *driver) Elapsed(from, to gpu.Event) (took time.Duration, err error) {
	err = d.do(func() error {
		ms, err := d.events[from].Elapsed(d.events[to])
		took = time.Duration(ms * float64(time.Millisecond))
		return wrap("cuEventElapsedTime", err)
	})
	return took, err
}

func (d *driver) ToDevice(dst gpu.Ptr, src []byte, s gpu.Stream) error {
	return d.do(func() error {
		return wrap("cuMemcpyHtoDAsync", cu.MemcpyHtoDAsync(cu.DevicePtr(dst), unsafe.Pointer(unsafe.SliceData(src)), int64(len(src)), cuStream(s)))
	})
}

func (d *driver) ToHost(dst []byte, src gpu.Ptr, s gpu.Stream) error {
	return d.do(func() error {
		return wrap("cuMemcpyDtoHAsync", cu.MemcpyDtoHAsync(unsafe.Pointer(unsafe.SliceData(dst)), cu.DevicePtr(src), int64(len(dst)), cuStream(s)))
	})
}

func (d *driver) Fill(dst gpu.Ptr, value byte, bytes int, s gpu.Stream) error {
	return d.do(func() error {
		return wrap("cuMemsetD8Async", cu.MemsetD8Async(cu.DevicePtr(dst), value, int64(bytes), cuStream(s)))
	})
}

func (d *driver) Load(image string) (m gpu.Module, err error) {
	err = d.do(func() error {
		text := C.CString(image)
		defer C.free(unsafe.Pointer(text))
		var c C.CUmodule
		err := check("cuModuleLoadData", C.cuModuleLoadData(&c, unsafe.Pointer(text)))
		m = gpu.Module(unsafe.Pointer(c))
		return err
	})
	return m, err
}

func (d *driver) Unload(m gpu.Module) error {
	return d.do(func() error { return check("cuModuleUnload", C.cuModuleUnload(module(m))) })
}

func (d *driver) Function(m gpu.Module, name string) (f gpu.Function, err error) {
	err = d.do(func() error {
		text := C.CString(name)
		defer C.free(unsafe.Pointer(text))
		var c C.CUfunction
		err := check("cuModuleGetFunction", C.cuModuleGetFunction(&c, module(m), text))
		f = gpu.Function(unsafe.Pointer(c))
		return err
	})
	return f, err
}

func (d *driver) Launch(f gpu.Function, l *gpu.Launch, s gpu.Stream) error {
	return d.do(func() error {
		g, b := l.Grid, l.Block
		return check("cuLaunchKernel", C.launch(function(f), C.int(g[0]), C.int(g[1]), C.int(g[2]), C.int(b[0]), C.int(b[1]), C.int(b[2]), stream(s), unsafe.Pointer(unsafe.SliceData(l.Params))))
	})
}

// BeginCapture leaves the goroutine on its thread, which alone may go on with the capture, until EndCapture.
func (d *driver) BeginCapture(s gpu.Stream) error {
	runtime.LockOSThread()
	err := d.do(func() error { return check("cuStreamBeginCapture", C.begin_capture(stream(s))) })
	if err != nil {
		runtime.UnlockOSThread()
	}
	return err
}

func (d *driver) EndCapture(s gpu.Stream) (g gpu.Graph, err error) {
	defer runtime.UnlockOSThread()
	err = d.do(func() error {
		var c C.CUgraphExec
		err := check("cuStreamEndCapture", C.end_capture(stream(s), &c))
		g = gpu.Graph(unsafe.Pointer(c))
		return err
	})
	return g, err
}

func (d *driver) Replay(g gpu.Graph, s gpu.Stream) error {
	return d.do(func() error { return check("cuGraphLaunch", C.cuGraphLaunch(graph(g), stream(s))) })
}

func (d *driver) CloseGraph(g gpu.Graph) error {
	return d.do(func() error { return check("cuGraphExecDestroy", C.cuGraphExecDestroy(graph(g))) })
}
