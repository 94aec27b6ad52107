// Rows of tables by index, and their gradients.
#include "device.h"

struct Embedding {
  const void *indices;  // int, or float that is cut to one
  const float *table, *dy;
  float *out;
  Fault *faults;
  i64 n;
  int rows, size, ints;
  u32 step;
};

// row is that of an index, or -1.
__device__ __forceinline__ int row_of(const Embedding &p, i64 i) {
  int r;
  if (p.ints) {
    r = ((const int *)p.indices)[i];
  } else {
    float v = ((const float *)p.indices)[i];
    if (!(fabsf(v) < 2147483648.f)) return -1;
    r = (int)v;
  }
  return r >= 0 && r < p.rows ? r : -1;
}

extern "C" __global__ void embedding(Embedding p) {
  EACH(e, p.n * p.size) {
    i64 i = e / p.size;
    int r = row_of(p, i), k = e % p.size;
    if (r < 0) {
      if (k == 0) fault(p.faults, p.step, (u32)i);
      p.out[e] = 0.f;
      continue;
    }
    p.out[e] = p.table[(i64)r * p.size + k];
  }
}

// A warp for each position: the first position of a row adds up what belongs to it, in order. Other rows were set to 0 before.
extern "C" __global__ void embedding_grad(Embedding p) {
  int lane = threadIdx.x % WARP;
  i64 i = (i64)blockIdx.x * (blockDim.x / WARP) + threadIdx.x / WARP;
  if (i >= p.n) return;
  int r = row_of(p, i);
  if (r < 0) return;
  for (i64 j = 0; j < i; j += WARP) {
    bool earlier = j + lane < i && row_of(p, j + lane) == r;
    if (__ballot_sync(ALL_LANES, earlier)) return;
  }
  for (int k0 = 0; k0 < p.size; k0 += WARP) {
    int k = k0 + lane;
    float s = 0;
    for (i64 j = i; j < p.n; j += WARP) {
      u32 hits = __ballot_sync(ALL_LANES, j + lane < p.n && row_of(p, j + lane) == r);
      for (int l = 0; hits; l++, hits >>= 1)
        if ((hits & 1) && k < p.size) s += p.dy[(j + l) * p.size + k];
    }
    if (k < p.size) p.out[(i64)r * p.size + k] = s;
  }
}

// OneHot makes rows that are 1 at an index.
extern "C" __global__ void one_hot(Embedding p) {
  EACH(e, p.n * p.size) {
    i64 i = e / p.size;
    int r = ((const int *)p.indices)[i], k = e % p.size;
    if (k == 0 && (r < 0 || r >= p.size)) fault(p.faults, p.step, (u32)i);
    p.out[e] = r == k ? 1.f : 0.f;
  }
}
