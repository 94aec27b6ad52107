// CUDA C as g++ reads it: every thread of a block is a fibre, blocks run one after the other. build.sh puts this before each kernel file.
//
// Shared memory is static memory, since one block runs at a time. A fibre runs until it waits for others, at a barrier or in a function of
// the warp, so threads that should have waited see what others have not written yet; which, depends on the order (CUDA_ORDER).
#pragma once
#define CUDA_EMULATED 1
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __shared__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
struct alignas(16) float4 {
  float x, y, z, w;
};

namespace emulator {
struct Thread;
typedef void (*WarpFunction)(Thread **lanes, unsigned mask);

struct Thread {
  uint3 index;
  int id;
  enum { NEW, READY, BARRIER, IN_WARP, DONE } state;
  void *sp;
  unsigned mask;
  const void *key;  // what the warp function is
  void *arg;
  void *fake_stack;  // AddressSanitizer's
};

extern Thread *current;
extern uint3 block_index;
extern dim3 block_size, grid_size;
extern char *dynamic_shared;

void barrier();
void warp(unsigned mask, const void *key, void *arg, WarpFunction f);
[[noreturn]] void fail(const char *format, ...);
// launch runs all blocks; call runs the kernel once, as the current thread.
void launch(const char *name, dim3 grid, dim3 block, size_t shared, void (*call)(const void *params), const void *params);

// Kernel is an entry of the list of all kernels.
struct Kernel {
  const char *name;
  void (*call)(const void *params);
  size_t size;  // of its parameter
  Kernel *next;
  Kernel(const char *name, void (*call)(const void *), size_t size);
};
extern Kernel *kernels;

template <class P, void (*F)(P)>
void call(const void *params) {
  F(*(const P *)params);
}
template <class T>
struct Shuffle {
  T in, out;
  int from;
};

template <class T>
T shuffle(unsigned mask, T v, int from) {
  static const char key = 0;
  Shuffle<T> a{v, v, from};
  warp(mask, &key, &a, [](Thread **lanes, unsigned m) {
    for (int i = 0; i < 32; i++) {
      if (!(m >> i & 1)) continue;
      auto *a = (Shuffle<T> *)lanes[i]->arg;
      if (a->from < 0 || a->from > 31) continue;
      if (!(m >> a->from & 1)) fail("a shuffle reads lane %d, which is not there", a->from);
      a->out = ((Shuffle<T> *)lanes[a->from]->arg)->in;
    }
  });
  return a.out;
}

struct Vote {
  unsigned in, out;
};

inline unsigned ballot(unsigned mask, bool yes) {
  static const char key = 0;
  Vote v{yes, 0};
  warp(mask, &key, &v, [](Thread **lanes, unsigned m) {
    unsigned all = 0;
    for (int i = 0; i < 32; i++)
      if ((m >> i & 1) && ((Vote *)lanes[i]->arg)->in) all |= 1u << i;
    for (int i = 0; i < 32; i++)
      if (m >> i & 1) ((Vote *)lanes[i]->arg)->out = all;
  });
  return v.out;
}
}  // namespace emulator

#define threadIdx (emulator::current->index)
#define blockIdx emulator::block_index
#define blockDim emulator::block_size
#define gridDim emulator::grid_size
#define __syncthreads() emulator::barrier()
#define EMULATED_LANE ((int)(emulator::current->id & 31))

static inline void __syncwarp(unsigned mask = 0xffffffffu) { emulator::ballot(mask, false); }
template <class T>
T __shfl_xor_sync(unsigned mask, T v, int with) {
  return emulator::shuffle(mask, v, EMULATED_LANE ^ with);
}
template <class T>
T __shfl_down_sync(unsigned mask, T v, int by) {
  return emulator::shuffle(mask, v, EMULATED_LANE + by > 31 ? EMULATED_LANE : EMULATED_LANE + by);
}
template <class T>
T __shfl_sync(unsigned mask, T v, int lane) {
  return emulator::shuffle(mask, v, lane & 31);
}
static inline unsigned __ballot_sync(unsigned mask, int yes) { return emulator::ballot(mask, yes); }
static inline void __threadfence() {}

static inline unsigned long long atomicMin(unsigned long long *p, unsigned long long v) {
  unsigned long long old = *p;
  if (v < old) *p = v;
  return old;
}
static inline int atomicAdd(int *p, int v) {
  int old = *p;
  *p += v;
  return old;
}
static inline float erfinvf(float x) {  // by Newton's method in double, from Giles' first guess
  if (!(fabsf(x) < 1)) return x == 1 ? INFINITY : x == -1 ? -INFINITY : NAN;
  double a = 0.147, l = log1p(-(double)x * x), t = 2 / (M_PI * a) + l / 2, y = copysign(sqrt(sqrt(t * t - l / a) - t), x);
  for (int i = 0; i < 4; i++) y -= (erf(y) - x) / (2 / sqrt(M_PI) * exp(-y * y));
  return (float)y;
}
// Operations that are not to be fused: calls, so that the compiler cannot.
#define EMULATED_ROUNDED(type, name, expression) \
  static __attribute__((noinline)) type name(type a, type b) { return expression; }
EMULATED_ROUNDED(double, __dadd_rn, a + b)
EMULATED_ROUNDED(double, __dsub_rn, a - b)
EMULATED_ROUNDED(double, __dmul_rn, a *b)
EMULATED_ROUNDED(double, __ddiv_rn, a / b)
EMULATED_ROUNDED(float, __fadd_rn, a + b)
EMULATED_ROUNDED(float, __fsub_rn, a - b)
EMULATED_ROUNDED(float, __fmul_rn, a *b)
static inline double __dsqrt_rn(double x) { return sqrt(x); }
static inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
template <class To, class From>
static inline To emulated_bits(From v) {
  To out;
  memcpy(&out, &v, sizeof out);
  return out;
}
static inline long long __double_as_longlong(double x) { return emulated_bits<long long>(x); }
static inline double __longlong_as_double(long long x) { return emulated_bits<double>(x); }
static inline int __float_as_int(float x) { return emulated_bits<int>(x); }
static inline float rsqrtf(float x) { return 1.f / sqrtf(x); }
template <class T>
static inline T __ldg(const T *p) {
  return *p;
}
static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }

namespace emulator {
template <class F>
struct parameter;
template <class P>
struct parameter<void (*)(P)> {
  typedef P type;
};
}  // namespace emulator
#define EMULATED_KERNEL(f) \
  static emulator::Kernel kernel_##f(#f, emulator::call<emulator::parameter<decltype(&f)>::type, f>, sizeof(emulator::parameter<decltype(&f)>::type));
