// Which keys a query sees, and dropout of weights: what the kernels of attention share. P has the fields of Attention or Flash.
#pragma once
#include "device.h"

#define MASKS 4
struct Mask {
  const void *at;
  i64 stride[4];  // of batch, head, query, key; 0 along an axis that it does not have
};

template <class P>
__device__ __forceinline__ bool hidden(const P &p, int b, int h, int t, int s) {
  if (p.causal && s > t) return true;
  if (p.window > 0 && (t - s >= p.window || s - t >= p.window)) return true;
  for (int m = 0; m < p.masks; m++) {
    const Mask &k = p.mask[m];
    i64 at = b * k.stride[0] + h * k.stride[1] + t * k.stride[2] + s * k.stride[3];
    if (p.ints >> m & 1 ? ((const int *)k.at)[at] == 0 : ((const float *)k.at)[at] == 0) return true;
  }
  return false;
}

template <class P>
__device__ __forceinline__ float kept(const P &p, const Key &key, i64 number) {
  if (!p.dropout) return 1.f;
  u32 words[4];
  philox(key, number / 4, words);
  return words[number % 4] < p.limit ? p.factor : 0.f;
}
