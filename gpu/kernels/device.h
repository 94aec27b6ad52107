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
