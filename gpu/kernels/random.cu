// Random numbers, the same as on the CPU: element i of a sequence is made of word i (internal/kernel/philox).
#include "device.h"

struct Dropout {
  const float *x;
  float *out;
  const Key *key;  // of the step at hand
  i64 n;
  u64 limit;  // words below it keep their element
  float factor;
};

// A thread for each block of four words.
extern "C" __global__ void dropout(Dropout p) {
  Key key = *p.key;
  EACH(b, (p.n + 3) / 4) {
    u32 words[4];
    philox(key, b, words);
#pragma unroll
    for (int k = 0; k < 4; k++) {
      i64 i = 4 * b + k;
      if (i < p.n) p.out[i] = words[k] < p.limit ? p.x[i] * p.factor : 0.f;
    }
  }
}

// Where elements share draws: draw size and stride of each axis of x, the last varying fastest.
#define RANK 6
struct SharedDropout {
  const float *x;
  float *out;
  const Key *key;
  i64 n;
  u64 limit;
  i64 stride[RANK];
  int size[RANK];
  float factor;
};

extern "C" __global__ void dropout_shared(SharedDropout p) {
  Key key = *p.key;
  EACH(i, p.n) {
    i64 at = 0, rest = i;
#pragma unroll
    for (int a = RANK - 1; a >= 0; a--) {
      at += rest % p.size[a] * p.stride[a];
      rest /= p.size[a];
    }
    u32 words[4];
    philox(key, at / 4, words);
    p.out[i] = words[at % 4] < p.limit ? p.x[i] * p.factor : 0.f;
  }
}
