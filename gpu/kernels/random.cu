// Random numbers, the same as on the CPU: element i of a sequence is made of word i (internal/kernel/philox).
#include "exact.h"
#include "stretch.h"

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

// Random numbers as philox.Uniform, Normal and TruncatedNormal and as internal/cpu/random.go make them: alone, or added to x or multiplied by it.
enum { UNIFORM, NORMAL, TRUNCATED_NORMAL, GAMMA };
enum { ALONE, ADDED, MULTIPLIED };
struct Random {
  const float *x;
  float *out;
  const Key *key;
  i64 n;
  double shape;
  int fn, mode;
  float a, b;
};

__device__ double truncated(const Key &key) {
  for (u64 j = 0;; j++) {
    u32 w[4];
    philox(key, j, w);
    for (int h = 0; h < 4; h += 2) {
      double z0, z1;
      normals(w[h], w[h + 1], &z0, &z1);
      if (fabs(z0) <= 2) return z0;
      if (fabs(z1) <= 2) return z1;
    }
  }
}

__device__ double gamma_variate(const Key &key, double a) {
  double shape = a < 1 ? ADD2(a, 1.0) : a, d = SUB(shape, 1.0 / 3), c = DIV2(1.0, __dsqrt_rn(MUL(9.0, d)));
  for (u64 j = 0;; j++) {
    Key own = derived(key, j);
    u32 w[4];
    double z0, z1;
    philox(own, 0, w);
    normals(w[0], w[1], &z0, &z1);
    double x = (double)settled((float)z0), v = ADD2(1.0, MUL(c, x));
    if (v <= 0) continue;
    v = MUL(MUL(v, v), v);
    philox(own, 1, w);
    double u = MUL(ADD2((double)w[0], 1.0), 0x1p-32);
    if (log64(u) >= ADD2(SUB(ADD2(MUL(MUL(0.5, x), x), d), MUL(d, v)), MUL(d, log64(v)))) continue;
    if (a < 1) return MUL(MUL(d, v), pow64(MUL(ADD2((double)w[1], 1.0), 0x1p-32), DIV2(1.0, a)));
    return MUL(d, v);
  }
}

extern "C" __global__ void random_numbers(Random p) {
  Key key = *p.key;
  EACH(i, p.n) {
    float v;
    u32 w[4];
    switch (p.fn) {
      case UNIFORM:
        philox(key, i / 4, w);
        v = settled(__fadd_rn(p.a, __fmul_rn((float)(w[i % 4] >> 8) * 0x1p-24f, __fsub_rn(p.b, p.a))));
        break;
      case NORMAL: {
        philox(key, i / 4, w);
        double z[2];
        normals(w[i % 4 / 2 * 2], w[i % 4 / 2 * 2 + 1], &z[0], &z[1]);
        v = settled((float)ADD2((double)p.a, MUL(z[i % 2], (double)p.b)));
        break;
      }
      case TRUNCATED_NORMAL: v = settled((float)ADD2((double)p.a, MUL(truncated(derived(key, i)), (double)p.b))); break;
      default: v = settled((float)gamma_variate(derived(key, i), p.shape)); break;
    }
    if (p.mode == ADDED) v = p.x[i] + v;
    if (p.mode == MULTIPLIED) v = p.x[i] * v;
    p.out[i] = v;
  }
}
