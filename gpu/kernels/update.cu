// What the optimizers do to weights and slots, to many tensors in one launch. The formulas are those of builder/op.
#include "stretch.h"

enum { SGD, MOMENTUM, NESTEROV, ADAM, AMSGRAD, RMSPROP, ADAGRAD, ADADELTA, ADAMAX, NADAM, LION, FTRL, SCHEDULE_FREE, MUON, AVERAGE, NON_NEG, ADD_UP, CLEAR };

struct Tensor {
  float *w;
  const float *g;
  float *slot[3];
  i64 n;
};

struct Chunk {
  int tensor, number;  // number: which run of CHUNK elements of the tensor
};

#define CHUNK 4096

struct Update {
  const Tensor *tensors;
  const Chunk *chunks;
  const float *hyper;
  const Fault *faults;
  int fn, centered, at;
  float a, b, c, d;
};

__device__ __forceinline__ float of_max(float a, float b) { return a != a ? a : b != b ? b : fmaxf(a, b); }
__device__ __forceinline__ float power(float x, float p) { return p == 0.5f ? sqrtf(x) : powf(x, p); }

// A block for each chunk.
extern "C" __global__ void update(Update p) {
  if (faulty(p.faults)) return;
  Chunk chunk = p.chunks[blockIdx.x];
  Tensor t = p.tensors[chunk.tensor];
  float decay = 0, h0 = 0, h1 = 0, h2 = 0, h3 = 0;
  if (p.fn < AVERAGE) {
    decay = p.hyper[0], h0 = p.hyper[1];
    if (p.fn == ADAMAX || p.fn == FTRL || p.fn == NADAM) h1 = p.hyper[2];
    if (p.fn == NADAM) h2 = p.hyper[3];
    if (p.fn == SCHEDULE_FREE) h1 = p.hyper[2], h2 = p.hyper[3], h3 = p.hyper[4];
  } else if (p.fn == AVERAGE) {
    h0 = p.hyper[p.at], h1 = p.hyper[p.at + 1];
  }
  i64 first = (i64)chunk.number * CHUNK, end = first + CHUNK < t.n ? first + CHUNK : t.n;
  for (i64 i = first + threadIdx.x; i < end; i += blockDim.x) {
    float w = t.w[i], g = t.g ? t.g[i] : 0.f;
    if (p.fn == SCHEDULE_FREE && h3 != 0) t.slot[0][i] = w;
    if (decay != 0) w -= w * decay;
    switch (p.fn) {
      case SGD: w -= h0 * g; break;
      case MOMENTUM: {
        float m = t.slot[0][i] = p.a * t.slot[0][i] - h0 * g;
        w += m;
        break;
      }
      case NESTEROV: {
        float step = h0 * g, m = t.slot[0][i] = p.a * t.slot[0][i] - step;
        w += p.a * m - step;
        break;
      }
      case ADAM:
      case AMSGRAD: {
        float m = t.slot[0][i], v = t.slot[1][i];
        m += (g - m) * p.a;
        v += (g * g - v) * p.b;
        t.slot[0][i] = m, t.slot[1][i] = v;
        if (p.fn == AMSGRAD) v = t.slot[2][i] = of_max(t.slot[2][i], v);
        w -= m * h0 / (sqrtf(v) + p.c);
        break;
      }
      case RMSPROP: {  // slots v, then m where b > 0, then a where centered
        int k = 1;
        float v = t.slot[0][i] = p.a * t.slot[0][i] + p.d * (g * g), m = 0;
        float *momentum = p.b > 0 ? t.slot[k++] : nullptr;
        if (p.centered) {
          float mean = t.slot[k][i] = p.a * t.slot[k][i] + p.d * g;
          v -= mean * mean;
        }
        float step = h0 * g / sqrtf(v + p.c);
        if (momentum) step = m = momentum[i] = p.b * momentum[i] + step;
        w -= step;
        break;
      }
      case ADAGRAD: {
        float n = t.slot[0][i] += g * g;
        w -= h0 * g / sqrtf(n + p.c);
        break;
      }
      case ADADELTA: {
        float n = t.slot[0][i] = p.a * t.slot[0][i] + p.d * (g * g), d = t.slot[1][i];
        float step = -(sqrtf(d + p.c) * g) / sqrtf(n + p.c);
        t.slot[1][i] = p.a * d + p.d * (step * step);
        w += h0 * step;
        break;
      }
      case ADAMAX: {
        float m = t.slot[0][i] += (g - t.slot[0][i]) * p.a;
        float u = t.slot[1][i] = of_max(p.b * t.slot[1][i], fabsf(g));
        w -= h0 * m / (h1 * (u + p.c));
        break;
      }
      case NADAM: {
        float m = t.slot[0][i] += (g - t.slot[0][i]) * p.a;
        float v = t.slot[1][i] += (g * g - t.slot[1][i]) * p.b;
        w -= (h0 * m + h1 * g) / (sqrtf(v * h2) + p.c);
        break;
      }
      case LION: {
        float m = t.slot[0][i], way = m * p.a + g * (1.f - p.a);
        w -= h0 * (way > 0 ? 1.f : way < 0 ? -1.f : way);
        t.slot[0][i] = m * p.b + g * (1.f - p.b);
        break;
      }
      case FTRL: {  // a: power, b: l1, c: twice the shrinkage
        float n = t.slot[0][i], sum = n + g * g, q = power(sum, p.a), z = t.slot[1][i];
        z += g + p.c * w - (q - power(n, p.a)) / h0 * w;
        t.slot[0][i] = sum, t.slot[1][i] = z;
        w = (fminf(fmaxf(z, -p.b), p.b) - z) / (q / h0 + 2.f * h1);
        break;
      }
      case SCHEDULE_FREE: {  // a: beta1, b: 1 - beta2
        float z = t.slot[0][i], v = t.slot[1][i] += (g * g - t.slot[1][i]) * p.b;
        float next = z - h0 * g / (sqrtf(v / h1) + p.c), x = (w - (1.f - p.a) * z) / p.a;
        x = (1.f - h2) * x + h2 * next;
        t.slot[0][i] = next;
        w = (1.f - p.a) * next + p.a * x;
        break;
      }
      case MUON: {  // g: the step; slots m and what it becomes
        w -= h0 * g * p.a;
        t.slot[0][i] = t.slot[1][i];
        break;
      }
      case AVERAGE: {
        float mean = t.slot[0][i] = h0 * t.slot[0][i] + (1.f - h0) * w;
        if (h1 != 0) w = mean;
        break;
      }
      case NON_NEG: w = of_max(w, 0.f); break;
      case ADD_UP: w += g; break;
      case CLEAR: w = 0.f; break;
    }
    t.w[i] = w;
  }
}

// Assign copies x to state.
struct Assign {
  u32 *state;
  const u32 *x;
  const Fault *faults;
  i64 n;
};

extern "C" __global__ void assign(Assign p) {
  if (faulty(p.faults)) return;
  EACH(i, p.n) p.state[i] = p.x[i];
}

// Lookahead: where hyper[at] is not 0 slow moves towards w by that share and w becomes slow; remember: keep becomes w. hyper is copied to out
// where that is asked for.
struct Lookahead {
  float *w, *slow;
  const float *hyper;
  float *out;
  const Fault *faults;
  i64 n;
  int at, remember, hypers, unused;
};

extern "C" __global__ void lookahead(Lookahead p) {
  float share = p.hyper[p.at];
  if (p.out && blockIdx.x == 0)
    for (int i = threadIdx.x; i < p.hypers; i += blockDim.x) p.out[i] = p.hyper[i];
  if (share == 0 || faulty(p.faults)) return;
  EACH(i, p.n) {
    if (p.remember)
      p.slow[i] = p.w[i];
    else
      p.w[i] = p.slow[i] += share * (p.w[i] - p.slow[i]);
  }
}

// Lamb: a block of 256 threads for each 4096 elements; parts are the sums of squares of w and of the update.
struct Lamb {
  float *w, *m, *v;
  const float *g, *hyper;
  double *parts;
  const Fault *faults;
  i64 n;
  float beta1, beta2, epsilon;  // of the means what is left to 1
  int blocks;
};

__device__ __forceinline__ float lamb_step(const Lamb &p, i64 i) { return p.m[i] / p.hyper[2] / (sqrtf(p.v[i] / p.hyper[3]) + p.epsilon); }

extern "C" __global__ void lamb_means(Lamb p) {
  __shared__ double shared[WARP];
  if (faulty(p.faults)) return;
  double ww = 0, uu = 0;
  i64 first = (i64)blockIdx.x * CHUNK, end = first + CHUNK < p.n ? first + CHUNK : p.n;
  for (i64 i = first + threadIdx.x; i < end; i += blockDim.x) {
    float decay = p.hyper[0], w = p.w[i], g = p.g[i];
    if (decay != 0) p.w[i] = w -= w * decay;
    p.m[i] += (g - p.m[i]) * p.beta1;
    p.v[i] += (g * g - p.v[i]) * p.beta2;
    double u = lamb_step(p, i);
    ww += (double)w * w, uu += u * u;
  }
  ww = block_total(ww, shared);
  uu = block_total(uu, shared);
  if (threadIdx.x == 0) p.parts[2 * blockIdx.x] = ww, p.parts[2 * blockIdx.x + 1] = uu;
}

extern "C" __global__ void lamb_take(Lamb p) {
  __shared__ double shared[WARP];
  if (faulty(p.faults)) return;
  double ww = 0, uu = 0;  // each block adds up all parts, in the same order
  for (int k = threadIdx.x; k < p.blocks; k += blockDim.x) ww += p.parts[2 * k], uu += p.parts[2 * k + 1];
  ww = block_total(ww, shared);
  uu = block_total(uu, shared);
  float wn = (float)sqrt(ww), un = (float)sqrt(uu), ratio = wn > 0 && un > 0 ? wn / un : 1.f;
  i64 first = (i64)blockIdx.x * CHUNK, end = first + CHUNK < p.n ? first + CHUNK : p.n;
  for (i64 i = first + threadIdx.x; i < end; i += blockDim.x) p.w[i] -= ratio * p.hyper[1] * lamb_step(p, i);
}

// Adafactor: w is [outer, rows, columns]; of a weight of fewer than two axes, which is not factored, one row. squares are by row: of w, then of u.
struct Adafactor {
  float *w, *r, *c;
  const float *g, *hyper;
  double *squares;
  float *scale;  // by row: r over its mean
  const Fault *faults;
  i64 outer, rows, columns;
  float epsilon1, epsilon2, threshold;
  int factored;
};

// A block for each row.
extern "C" __global__ void adafactor_rows(Adafactor p) {
  __shared__ double shared[WARP];
  if (faulty(p.faults)) return;
  float decay = p.hyper[0], beta = p.hyper[2];
  i64 first = blockIdx.x * p.columns;
  double squares = 0, row = 0;
  for (i64 k = threadIdx.x; k < p.columns; k += blockDim.x) {
    float w = p.w[first + k], g = p.g[first + k];
    if (decay != 0) p.w[first + k] = w -= w * decay;
    squares += (double)w * w;
    double q = (double)g * g + p.epsilon1;
    if (p.factored)
      row += q;
    else
      p.r[k] = beta * p.r[k] + (1.f - beta) * (float)q;
  }
  squares = block_total(squares, shared);
  row = block_total(row, shared);
  if (threadIdx.x) return;
  p.squares[blockIdx.x] = squares;
  if (p.factored) p.r[blockIdx.x] = beta * p.r[blockIdx.x] + (1.f - beta) * (float)(row / p.columns);
}

extern "C" __global__ void adafactor_columns(Adafactor p) {
  if (faulty(p.faults)) return;
  float beta = p.hyper[2];
  EACH(i, p.outer * p.columns) {
    const float *g = p.g + i / p.columns * p.rows * p.columns + i % p.columns;
    double s = 0;
    for (i64 r = 0; r < p.rows; r++) s += (double)g[r * p.columns] * g[r * p.columns] + p.epsilon1;
    p.c[i] = beta * p.c[i] + (1.f - beta) * (float)(s / p.rows);
  }
}

// A block for each of outer.
extern "C" __global__ void adafactor_scale(Adafactor p) {
  __shared__ double shared[WARP];
  if (faulty(p.faults)) return;
  const float *r = p.r + blockIdx.x * p.rows;
  double s = 0;
  for (i64 k = threadIdx.x; k < p.rows; k += blockDim.x) s += r[k];
  float mean = (float)(block_total(s, shared) / p.rows);
  for (i64 k = threadIdx.x; k < p.rows; k += blockDim.x) p.scale[blockIdx.x * p.rows + k] = r[k] / mean;
}

__device__ __forceinline__ float direction(const Adafactor &p, i64 row, i64 k) {
  float v = p.factored ? p.scale[row] * p.c[row / p.rows * p.columns + k] : p.r[k];
  return p.g[row * p.columns + k] / sqrtf(v);
}

extern "C" __global__ void adafactor_lengths(Adafactor p) {
  __shared__ double shared[WARP];
  if (faulty(p.faults)) return;
  double s = 0;
  for (i64 k = threadIdx.x; k < p.columns; k += blockDim.x) {
    double u = direction(p, blockIdx.x, k);
    s += u * u;
  }
  s = block_total(s, shared);
  if (threadIdx.x == 0) p.squares[p.outer * p.rows + blockIdx.x] = s;
}

extern "C" __global__ void adafactor_take(Adafactor p) {
  __shared__ double shared[WARP];
  if (faulty(p.faults)) return;
  i64 rows = p.outer * p.rows;
  double ww = 0, uu = 0, n = (double)rows * p.columns;
  for (i64 k = threadIdx.x; k < rows; k += blockDim.x) ww += p.squares[k], uu += p.squares[rows + k];
  ww = block_total(ww, shared);
  uu = block_total(uu, shared);
  float size = fmaxf(p.epsilon2, (float)sqrt(ww / n)), length = (float)sqrt(uu / n);
  float step = size * p.hyper[1] / fmaxf(1.f, length / p.threshold);
  for (i64 k = threadIdx.x; k < p.columns; k += blockDim.x) p.w[blockIdx.x * p.columns + k] -= step * direction(p, blockIdx.x, k);
}

// Finite notes a fault where an element is infinite or not a number.
struct Finite {
  const float *x;
  Fault *faults;
  i64 n;
  u32 step;
  int unused;
};

extern "C" __global__ void finite(Finite p) {
  bool bad = false;
  EACH(i, p.n) bad = bad || !(p.x[i] - p.x[i] == 0);
  if (bad) fault(p.faults, p.step, 0);
}

struct Unscale {
  const float *x, *scale;
  float *out;
  i64 n;
};

extern "C" __global__ void unscale(Unscale p) {
  float s = *p.scale;
  EACH(i, p.n) p.out[i] = p.x[i] / s;
}

// NormLimit scales w by what its norms along axes ask for; at is stretched over the squares of the norms.
struct NormLimit {
  float *w;
  const float *norms;
  const Fault *faults;
  i64 n;
  Stretch at;
  float least, most, rate;
  int unit;
};

extern "C" __global__ void norm_limit(NormLimit p) {
  if (faulty(p.faults)) return;
  EACH(i, p.n) {
    i64 at[1];
    stretched<1>(p.at, i, at);
    float n = sqrtf(p.norms[at[0]]), by = n + 1e-7f;
    p.w[i] = p.unit ? p.w[i] / by : p.w[i] * ((p.rate * fminf(fmaxf(n, p.least), p.most) + (1.f - p.rate) * n) / by);
  }
}
