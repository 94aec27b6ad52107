// What the kernels share. All that differs between compilers is here, above all the width of a warp and the intrinsics:
// NVRTC and nvcc compile the sources as they are, g++ does with the emulator's cuda_emulated.h before them, and hiprtc could.
//
// Every kernel takes one struct by value, which the Go side lays out in the same way (gpu/params.go): pointers first, then 64-bit
// numbers, then 32-bit ones. No kernel adds floats atomically: sums have an order that follows from the shape alone.
#pragma once

#define WARP 32
#define ALL_LANES 0xffffffffu

#ifndef INFINITY  // NVRTC has no headers
#define INFINITY __int_as_float(0x7f800000)
#define NAN __int_as_float(0x7fffffff)
#endif

typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

#define KERNEL extern "C" __global__ void
#define EACH(i, n) for (i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x; i < (n); i += (i64)gridDim.x * blockDim.x)

// The precision of products: of float32 as it is, or rounded on the way into the tensor cores, which add up in float32.
enum Precision { FLOAT32, TF32, BF16, F16 };

// Fragments are what a thread of a warp holds of a 16 x 16 matrix a, a 16 x 8 matrix b and their sum c, as mma.sync lays them out; of TF32 a
// and b are half as long. mma is c += a·b.
struct Fragments {
  u32 a[4], b[2];
  float c[4];
};

#ifndef CUDA_EMULATED
template <int KIND>
__device__ __forceinline__ u32 rounded(float lo, float hi) {  // two elements, of TF32 the first
  u32 v;
  if (KIND == TF32)
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(v) : "f"(lo));
  else if (KIND == BF16)
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(v) : "f"(hi), "f"(lo));
  else
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(v) : "f"(hi), "f"(lo));
  return v;
}

#define MMA(shape, types)                                                                                                       \
  asm volatile("mma.sync.aligned." shape ".row.col." types " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"             \
               : "+f"(f.c[0]), "+f"(f.c[1]), "+f"(f.c[2]), "+f"(f.c[3])                                                         \
               : "r"(f.a[0]), "r"(f.a[1]), "r"(f.a[2]), "r"(f.a[3]), "r"(f.b[0]), "r"(f.b[1]))
template <int KIND>
__device__ __forceinline__ void mma(Fragments &f) {
  if (KIND == TF32)
    MMA("m16n8k8", "f32.tf32.tf32.f32");
  else if (KIND == BF16)
    MMA("m16n8k16", "f32.bf16.bf16.f32");
  else
    MMA("m16n8k16", "f32.f16.f16.f32");
}
#undef MMA
#else  // as numbers; the scheduler of the warp does the product when all of its threads have come
template <int KIND>
static inline u32 rounded(float lo, float hi) {
  auto bits = [](float v) { return emulated_bits<u32>(v); };
  auto half = [&](float v) -> u32 {
    if (KIND == F16) return emulated_bits<uint16_t>((_Float16)v);
    u32 b = bits(v);
    return v != v ? 0x7fc0 : (b + 0x7fff + (b >> 16 & 1)) >> 16;
  };
  if (KIND == TF32) return lo - lo == 0 ? (bits(lo) + 0x1000) & 0xffffe000u : bits(lo);
  return half(lo) | half(hi) << 16;
}

template <int KIND>
static inline float unrounded(u32 pair, int k) {
  if (KIND == TF32) return emulated_bits<float>(pair);
  uint16_t h = (uint16_t)(pair >> 16 * k);
  return KIND == F16 ? (float)emulated_bits<_Float16>(h) : emulated_bits<float>((u32)h << 16);
}

template <int KIND>
static inline void mma(Fragments &f) {
  static const char key = 0;
  emulator::warp(ALL_LANES, &key, &f, [](emulator::Thread **lanes, unsigned) {
    const int deep = KIND == TF32 ? 8 : 16;
    float a[16][16], b[16][8];
    auto of = [&](int l) { return (Fragments *)lanes[l]->arg; };
    for (int l = 0; l < 32; l++) {
      int g = l / 4, t = l % 4;
      for (int r = 0; r < 4; r++)
        for (int k = 0; k < (deep == 8 ? 1 : 2); k++) {
          int column = deep == 8 ? t + r / 2 * 4 : 2 * t + k + r / 2 * 8;
          a[g + r % 2 * 8][column] = unrounded<KIND>(of(l)->a[r], k);
          if (r < 2) b[deep == 8 ? t + r * 4 : 2 * t + k + r * 8][g] = unrounded<KIND>(of(l)->b[r], k);
        }
    }
    for (int l = 0; l < 32; l++)
      for (int r = 0; r < 4; r++)
        for (int k = 0; k < deep; k++) of(l)->c[r] += a[l / 4 + r / 2 * 8][k] * b[k][l % 4 * 2 + r % 2];
  });
}
#endif

// Fault is what a kernel finds wrong with the data. The first position in the batch wins, so the message does not depend on the
// order in which blocks run. Kernels that change what outlives a step do nothing once there is a fault.
struct Fault {
  i64 first;  // (step << 32 | position), of the smallest; below 0 where there is none
};

__device__ __forceinline__ void fault(Fault *f, u32 step, u32 position) {
  atomicMin((u64 *)&f->first, (u64)step << 32 | position);
}

__device__ __forceinline__ bool faulty(const Fault *f) { return f->first != -1; }

__device__ __forceinline__ float warp_sum(float v) {
#pragma unroll
  for (int o = WARP / 2; o > 0; o >>= 1) v += __shfl_xor_sync(ALL_LANES, v, o);
  return v;
}

__device__ __forceinline__ float warp_max(float v) {
#pragma unroll
  for (int o = WARP / 2; o > 0; o >>= 1) v = fmaxf(v, __shfl_xor_sync(ALL_LANES, v, o));
  return v;
}

// block_sum is the sum over all threads of a block of whole warps, which every thread gets. shared has WARP elements.
__device__ __forceinline__ float block_sum(float v, float *shared) {
  int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
  v = warp_sum(v);
  __syncthreads();
  if (lane == 0) shared[warp] = v;
  __syncthreads();
  return warp_sum(lane < (int)(blockDim.x / WARP) ? shared[lane] : 0.f);
}

__device__ __forceinline__ float block_max(float v, float *shared) {
  int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
  v = warp_max(v);
  __syncthreads();
  if (lane == 0) shared[warp] = v;
  __syncthreads();
  return warp_max(lane < (int)(blockDim.x / WARP) ? shared[lane] : -INFINITY);
}

// block_total is block_sum in float64.
__device__ __forceinline__ double block_total(double v, double *shared) {
  int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
  for (int o = WARP / 2; o > 0; o >>= 1) v += __shfl_xor_sync(ALL_LANES, v, o);
  __syncthreads();
  if (lane == 0) shared[warp] = v;
  __syncthreads();
  v = lane < (int)(blockDim.x / WARP) ? shared[lane] : 0.;
  for (int o = WARP / 2; o > 0; o >>= 1) v += __shfl_xor_sync(ALL_LANES, v, o);
  return v;
}

__device__ __forceinline__ double block_top(double v, double *shared) {
  int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
  for (int o = WARP / 2; o > 0; o >>= 1) v = fmax(v, __shfl_xor_sync(ALL_LANES, v, o));
  __syncthreads();
  if (lane == 0) shared[warp] = v;
  __syncthreads();
  v = lane < (int)(blockDim.x / WARP) ? shared[lane] : -INFINITY;
  for (int o = WARP / 2; o > 0; o >>= 1) v = fmax(v, __shfl_xor_sync(ALL_LANES, v, o));
  return v;
}

// Philox4x32-10, as internal/kernel/philox.
struct Key {
  u32 key[2], counter[2];
};

__device__ __forceinline__ void philox(const Key &k, u64 block, u32 out[4]) {
  u32 k0 = k.key[0], k1 = k.key[1];
  u32 c0 = (u32)block, c1 = (u32)(block >> 32), c2 = k.counter[0], c3 = k.counter[1];
#pragma unroll
  for (int i = 0; i < 10; i++) {
    u64 p = (u64)0xd2511f53u * c0, q = (u64)0xcd9e8d57u * c2;
    c0 = (u32)(q >> 32) ^ c1 ^ k0, c1 = (u32)q, c2 = (u32)(p >> 32) ^ c3 ^ k1, c3 = (u32)p;
    k0 += 0x9e3779b9u, k1 += 0xbb67ae85u;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}
