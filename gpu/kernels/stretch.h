// Where elements of a result lie in inputs that are stretched to its shape.
#pragma once
#include "device.h"

// Stretch: stride 0 along an axis that an input has not got.
#define RANK 6
struct Stretch {
  i64 stride[3][RANK];  // by input
  int size[RANK];       // of the result; the last axis varies fastest, axes before the first are 1
};

template <int N>
__device__ __forceinline__ void stretched(const Stretch &s, i64 i, i64 at[N]) {
#pragma unroll
  for (int k = 0; k < N; k++) at[k] = 0;
#pragma unroll
  for (int a = RANK - 1; a >= 0; a--) {
    if (s.size[a] == 1) continue;
    i64 q = i / s.size[a], r = i - q * s.size[a];
    i = q;
#pragma unroll
    for (int k = 0; k < N; k++) at[k] += r * s.stride[k][a];
  }
}
