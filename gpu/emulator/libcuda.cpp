// libcuda.so.1 over the emulator: the functions of CUDA's driver that dlrun calls, stricter than a real one. New memory is NaN, it ends
// at a page that cannot be touched, work waits in its stream until something waits for it, and what the documentation forbids is refused.
//
// The environment sets what goes wrong: EMULATED_MEMORY is the size of the device's memory in bytes (default 1 GiB); EMULATED_FAIL_LAUNCH
// names a kernel that cannot be launched; EMULATED_FAULT names one after which the device has failed. EMULATED_DEVICES is how many there are.
#include <cuda.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>
#include "cuda_emulated.h"

struct CUctx_st {
  int device;
};
struct CUmod_st {
  std::string ptx;
};
struct CUfunc_st {
  const emulator::Kernel *kernel;
};
typedef std::vector<std::function<CUresult()>> Work;
struct CUstream_st {
  Work queue;
  Work *capture = nullptr;
};
struct CUevent_st {
  double at = 0;
  CUstream stream = nullptr;
};
struct CUgraph_st {
  Work work;
};
struct CUgraphExec_st {
  Work work;
};

static std::recursive_mutex mu;
static std::map<CUdeviceptr, size_t> memory;
static std::map<char *, size_t> pinned;
static std::set<CUstream> streams;
static size_t used;
static CUresult failed = CUDA_SUCCESS;  // sticky, as a real context's
static thread_local CUcontext context;
static CUctx_st primary{0};

#define ENTER                                          \
  std::lock_guard<std::recursive_mutex> lock(mu);      \
  if (!context) return CUDA_ERROR_INVALID_CONTEXT;     \
  if (failed != CUDA_SUCCESS) return failed
#define LOCK std::lock_guard<std::recursive_mutex> lock(mu)

static long setting(const char *name, long otherwise) {
  const char *v = getenv(name);
  return v && *v ? atol(v) : otherwise;
}
static bool named(const char *setting, const char *kernel) {
  const char *v = getenv(setting);
  return v && strcmp(v, kernel) == 0;
}
static CUresult refuse(const char *what) {
  fprintf(stderr, "emulated libcuda: %s\n", what);
  return CUDA_ERROR_INVALID_VALUE;
}
static double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

static CUresult run(Work &work) {
  Work w = std::move(work);
  work.clear();
  for (auto &f : w) {
    if (failed != CUDA_SUCCESS) break;
    CUresult r = f();
    if (r != CUDA_SUCCESS) failed = r;
  }
  return failed;
}
static CUresult run_all() {
  for (auto s : streams) run(s->queue);
  return failed;
}
static bool capturing() {
  for (auto s : streams)
    if (s->capture) return true;
  return false;
}
static CUresult enqueue(CUstream s, std::function<CUresult()> f) {
  if (!streams.count(s)) return refuse("work for a stream that does not exist");
  if (s->capture)
    s->capture->push_back(f);
  else
    s->queue.push_back(f);
  return CUDA_SUCCESS;
}
// inside tells whether bytes lie in one allocation of the device's.
static bool inside(CUdeviceptr p, size_t n) {
  auto it = memory.upper_bound(p);
  if (it == memory.begin()) return false;
  --it;
  return p + n <= it->first + it->second;
}
static bool in_pinned(const void *p, size_t n) {
  auto it = pinned.upper_bound((char *)p);
  if (it == pinned.begin()) return false;
  --it;
  return (char *)p + n <= it->first + it->second;
}

// allocate gives memory of NaN that ends where an untouchable page begins.
static char *allocate(size_t n) {
  size_t page = 4096, room = (n + 255) / 256 * 256, whole = (room + page - 1) / page * page;
  char *at = (char *)mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  mprotect(at + whole, page, PROT_NONE);
  char *p = at + whole - room;
  memset(p, 0xff, room);
  return p;
}
static void release(char *p, size_t n) {
  size_t page = 4096, room = (n + 255) / 256 * 256, whole = (room + page - 1) / page * page;
  munmap(p + room - whole, whole + page);
}

extern "C" {
// For the emulated libraries: work for a stream, and whether bytes lie in one allocation.
CUresult emulated_enqueue(CUstream s, void (*f)(void *), void *arg) {
  ENTER;
  return enqueue(s, [=] { return f(arg), CUDA_SUCCESS; });
}
int emulated_inside(CUdeviceptr p, size_t n) {
  LOCK;
  return inside(p, n);
}
CUresult cuInit(unsigned) { return CUDA_SUCCESS; }
CUresult cuDriverGetVersion(int *v) { return *v = 12040, CUDA_SUCCESS; }
CUresult cuDeviceGetCount(int *n) { return *n = (int)setting("EMULATED_DEVICES", 1), CUDA_SUCCESS; }
CUresult cuDeviceGet(CUdevice *d, int i) { return *d = i, i < 0 || i >= setting("EMULATED_DEVICES", 1) ? CUDA_ERROR_INVALID_DEVICE : CUDA_SUCCESS; }
CUresult cuDeviceGetName(char *s, int n, CUdevice) { return snprintf(s, n, "emulated GPU"), CUDA_SUCCESS; }
CUresult cuDeviceTotalMem_v2(size_t *n, CUdevice) { return *n = setting("EMULATED_MEMORY", 1l << 30), CUDA_SUCCESS; }
CUresult cuDeviceGetAttribute(int *v, CUdevice_attribute a, CUdevice) {
  switch (a) {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: *v = (int)setting("EMULATED_CAPABILITY", 8); break;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: *v = 2; break;
    case CU_DEVICE_ATTRIBUTE_WARP_SIZE: *v = 32; break;
    default: *v = 0;
  }
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext *c, CUdevice d) { return primary.device = d, *c = &primary, CUDA_SUCCESS; }
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) {
  LOCK;
  run_all();
  failed = CUDA_SUCCESS;
  return CUDA_SUCCESS;
}
CUresult cuCtxSetCurrent(CUcontext c) { return context = c, CUDA_SUCCESS; }
CUresult cuCtxGetCurrent(CUcontext *c) { return *c = context, CUDA_SUCCESS; }
CUresult cuCtxSynchronize() {
  ENTER;
  return run_all();
}
CUresult cuMemGetInfo_v2(size_t *available, size_t *total) {
  ENTER;
  *total = setting("EMULATED_MEMORY", 1l << 30);
  *available = *total > used ? *total - used : 0;
  return CUDA_SUCCESS;
}
CUresult cuMemAlloc_v2(CUdeviceptr *p, size_t n) {
  ENTER;
  if (!n) return refuse("an allocation of 0 bytes");
  if (capturing()) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (used + n > (size_t)setting("EMULATED_MEMORY", 1l << 30)) return CUDA_ERROR_OUT_OF_MEMORY;
  char *q = allocate(n);
  if (!q) return CUDA_ERROR_OUT_OF_MEMORY;
  memory[(CUdeviceptr)q] = n;
  used += n;
  return *p = (CUdeviceptr)q, CUDA_SUCCESS;
}
CUresult cuMemFree_v2(CUdeviceptr p) {
  LOCK;
  run_all();
  auto it = memory.find(p);
  if (it == memory.end()) return refuse("memory is freed that was not allocated");
  used -= it->second;
  release((char *)p, it->second);
  memory.erase(it);
  return CUDA_SUCCESS;
}
CUresult cuMemHostAlloc(void **p, size_t n, unsigned) {
  ENTER;
  char *q = allocate(n);
  if (!q) return CUDA_ERROR_OUT_OF_MEMORY;
  pinned[q] = n;
  return *p = q, CUDA_SUCCESS;
}
CUresult cuMemFreeHost(void *p) {
  LOCK;
  run_all();
  auto it = pinned.find((char *)p);
  if (it == pinned.end()) return refuse("pinned memory is freed that was not allocated");
  release(it->first, it->second);
  pinned.erase(it);
  return CUDA_SUCCESS;
}
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr d, const void *s, size_t n, CUstream st) {
  ENTER;
  if (!inside(d, n)) return refuse("a copy to the device goes outside an allocation");
  if (!in_pinned(s, n)) return refuse("a copy to the device from memory that is not pinned");
  return enqueue(st, [=] { return memcpy((void *)d, s, n), CUDA_SUCCESS; });
}
CUresult cuMemcpyDtoHAsync_v2(void *d, CUdeviceptr s, size_t n, CUstream st) {
  ENTER;
  if (!inside(s, n)) return refuse("a copy from the device goes outside an allocation");
  if (!in_pinned(d, n)) return refuse("a copy from the device to memory that is not pinned");
  return enqueue(st, [=] { return memcpy(d, (void *)s, n), CUDA_SUCCESS; });
}
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr d, CUdeviceptr s, size_t n, CUstream st) {
  ENTER;
  if (!inside(s, n) || !inside(d, n)) return refuse("a copy on the device goes outside an allocation");
  return enqueue(st, [=] { return memcpy((void *)d, (void *)s, n), CUDA_SUCCESS; });
}
CUresult cuMemsetD8Async(CUdeviceptr d, unsigned char v, size_t n, CUstream st) {
  ENTER;
  if (!inside(d, n)) return refuse("memory outside an allocation is filled");
  return enqueue(st, [=] { return memset((void *)d, v, n), CUDA_SUCCESS; });
}
CUresult cuStreamCreate(CUstream *s, unsigned) {
  ENTER;
  streams.insert(*s = new CUstream_st);
  return CUDA_SUCCESS;
}
CUresult cuStreamDestroy_v2(CUstream s) {
  LOCK;
  if (!streams.erase(s)) return refuse("a stream is destroyed that does not exist");
  run(s->queue);
  delete s;
  return CUDA_SUCCESS;
}
CUresult cuStreamSynchronize(CUstream s) {
  ENTER;
  if (!streams.count(s)) return refuse("a stream is waited for that does not exist");
  if (s->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  return run(s->queue);
}
CUresult cuEventCreate(CUevent *e, unsigned) { return *e = new CUevent_st, CUDA_SUCCESS; }
CUresult cuEventRecord(CUevent e, CUstream s) {
  ENTER;
  e->stream = s;
  return enqueue(s, [=] { return e->at = now(), CUDA_SUCCESS; });
}
CUresult cuEventSynchronize(CUevent e) {
  ENTER;
  return e->stream ? run(e->stream->queue) : CUDA_SUCCESS;
}
CUresult cuEventElapsedTime(float *ms, CUevent a, CUevent b) { return *ms = (float)((b->at - a->at) * 1e3), CUDA_SUCCESS; }
#if CUDA_VERSION < 13000  // its name in later headers
CUresult cuEventElapsedTime_v2(float *ms, CUevent a, CUevent b) { return cuEventElapsedTime(ms, a, b); }
#endif
CUresult cuEventDestroy_v2(CUevent e) { return delete e, CUDA_SUCCESS; }
CUresult cuStreamWaitEvent(CUstream s, CUevent e, unsigned) {
  ENTER;
  CUstream other = e->stream;
  return enqueue(s, [=] { return other && other != s ? run(other->queue) : CUDA_SUCCESS; });
}
CUresult cuModuleLoadData(CUmodule *m, const void *image) {
  ENTER;
  std::string ptx((const char *)image);
  if (ptx.find(".version") == ptx.npos || ptx.find(".target") == ptx.npos) return CUDA_ERROR_INVALID_IMAGE;
  *m = new CUmod_st{ptx};
  return CUDA_SUCCESS;
}
CUresult cuModuleUnload(CUmodule m) { return delete m, CUDA_SUCCESS; }
CUresult cuModuleGetFunction(CUfunction *f, CUmodule m, const char *name) {
  ENTER;
  size_t at = m->ptx.find(std::string(".entry ") + name + "(");
  const emulator::Kernel *k = emulator::kernels;
  while (k && strcmp(k->name, name)) k = k->next;
  if (at == m->ptx.npos || !k) return CUDA_ERROR_NOT_FOUND;
  // The parameter of the PTX must be that of the source: else the PTX is older.
  std::string list = m->ptx.substr(at, m->ptx.find(')', at) - at);
  size_t open = list.find('[');
  if (open == list.npos || list.find('[', open + 1) != list.npos || atoi(list.c_str() + open + 1) != (int)k->size) {
    fprintf(stderr, "emulated libcuda: %s: the PTX takes another parameter than the source: generate it again\n", name);
    return CUDA_ERROR_INVALID_IMAGE;
  }
  *f = new CUfunc_st{k};
  return CUDA_SUCCESS;
}
CUresult cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, CUstream st, void **params, void **extra) {
  ENTER;
  if (!gx || !gy || !gz || !bx || !by || !bz || gx > 0x7fffffffu || gy > 65535 || gz > 65535) return refuse("a grid or block that no device takes");
  if (bx > 1024 || by > 1024 || bz > 64 || (size_t)bx * by * bz > 1024) return refuse("a block of more than 1024 threads");
  if (shared > 48 << 10) return refuse("a launch with more than 48 KiB of shared memory");
  if (!params || !params[0] || extra) return refuse("a launch without parameters");
  const emulator::Kernel *k = f->kernel;
  if (named("EMULATED_FAIL_LAUNCH", k->name)) return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  std::vector<char> copy((char *)params[0], (char *)params[0] + k->size);  // at the launch, as CUDA does
  return enqueue(st, [=] {
    if (named("EMULATED_FAULT", k->name)) return CUDA_ERROR_ILLEGAL_ADDRESS;
    emulator::launch(k->name, {gx, gy, gz}, {bx, by, bz}, shared, k->call, copy.data());
    return CUDA_SUCCESS;
  });
}
CUresult cuStreamBeginCapture_v2(CUstream s, CUstreamCaptureMode) {
  ENTER;
  if (!streams.count(s) || s->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  s->capture = new Work;
  return CUDA_SUCCESS;
}
CUresult cuStreamEndCapture(CUstream s, CUgraph *g) {
  ENTER;
  if (!s->capture) return CUDA_ERROR_ILLEGAL_STATE;
  *g = new CUgraph_st{*s->capture};
  delete s->capture;
  s->capture = nullptr;
  return CUDA_SUCCESS;
}
CUresult cuGraphInstantiateWithFlags(CUgraphExec *e, CUgraph g, unsigned long long) { return *e = new CUgraphExec_st{g->work}, CUDA_SUCCESS; }
CUresult cuGraphLaunch(CUgraphExec e, CUstream s) {
  ENTER;
  Work work = e->work;
  return enqueue(s, [=] {
    for (auto &f : work) {
      CUresult r = f();
      if (r != CUDA_SUCCESS) return r;
    }
    return CUDA_SUCCESS;
  });
}
CUresult cuGraphDestroy(CUgraph g) { return delete g, CUDA_SUCCESS; }
CUresult cuGraphExecDestroy(CUgraphExec e) { return delete e, CUDA_SUCCESS; }
CUresult cuGetErrorName(CUresult r, const char **s) {
  *s = r == CUDA_ERROR_OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : r == CUDA_SUCCESS ? "CUDA_SUCCESS" : "CUDA_ERROR";
  return CUDA_SUCCESS;
}
CUresult cuGetErrorString(CUresult r, const char **s) { return *s = r == CUDA_SUCCESS ? "no error" : "an error of the emulated device", CUDA_SUCCESS; }
}
