// Elements by index: gathering, scattering rows, orders, sums along an axis, samples.
#include "stretch.h"

// Gather: x is [outer, n, inner], indices are [k], or [outer, k, inner] where each is for its own place.
struct Gather {
  const u32 *x;
  const int *indices;
  u32 *out;
  Fault *faults;  // null where indices are known to be right
  const float *dy;
  float *dx;
  i64 outer, k, inner;
  int n, along;
  u32 step;
  int unused;
};

// element counts an index from the end where it is negative; -1 is outside.
__device__ __forceinline__ int element(int i, int n) {
  if (i < 0) i += n;
  return i >= 0 && i < n ? i : -1;
}

extern "C" __global__ void gather(Gather p) {
  EACH(e, p.outer * p.k * p.inner) {
    i64 i = e % p.inner, r = e / p.inner, j = r % p.k;
    int at = element(p.indices[p.along ? e : j], p.n);
    if (at < 0) {
      fault(p.faults, p.step, (u32)(p.along ? e : j));
      p.out[e] = 0;
      continue;
    }
    p.out[e] = p.x[(r / p.k * p.n + at) * p.inner + i];
  }
}

// The first of those that took the same element adds up what belongs to it, in order. dx was set to 0 before.
extern "C" __global__ void gather_grad(Gather p) {
  EACH(e, p.outer * p.k * p.inner) {
    i64 i = e % p.inner, r = e / p.inner, j = r % p.k, o = r / p.k;
    const int *index = p.along ? p.indices + o * p.k * p.inner + i : p.indices;
    i64 step = p.along ? p.inner : 1;
    int at = element(index[j * step], p.n);
    bool first = at >= 0;
    for (i64 l = 0; first && l < j; l++) first = element(index[l * step], p.n) != at;
    if (!first) continue;
    float s = 0;
    for (i64 l = j; l < p.k; l++)
      if (element(index[l * step], p.n) == at) s += p.dy[(o * p.k + l) * p.inner + i];
    p.dx[(o * p.n + at) * p.inner + i] = s;
  }
}

// Scatter: base is [rows, inner], updates [n, inner], indices [n, k] of axes dims.
#define SCATTER_DIMS 8
enum { UPDATE, ADD, MAX, MIN, MUL };
struct Scatter {
  const float *base, *updates, *y, *dy;
  const int *indices;
  float *out;
  Fault *faults;
  i64 rows, n, inner;
  int dims[SCATTER_DIMS];
  int k, fn;
  u32 step;
  int unused;
};

__device__ __forceinline__ i64 row_of(const Scatter &p, i64 j) {
  i64 at = 0;
  for (int c = 0; c < p.k; c++) {
    int e = element(p.indices[j * p.k + c], p.dims[c]);
    if (e < 0) return -1 - c;
    at = at * p.dims[c] + e;
  }
  return at;
}

// The first update of a row makes all of it, in order. out was set to base before.
extern "C" __global__ void scatter_rows(Scatter p) {
  EACH(e, p.n * p.inner) {
    i64 j = e / p.inner, k = e % p.inner, at = row_of(p, j);
    if (at < 0) {
      fault(p.faults, p.step, (u32)(j * p.k - 1 - at));
      continue;
    }
    bool first = true;
    for (i64 l = 0; first && l < j; l++) first = row_of(p, l) != at;
    if (!first) continue;
    float a = p.base[at * p.inner + k];
    for (i64 l = j; l < p.n; l++) {
      if (row_of(p, l) != at) continue;
      float x = p.updates[l * p.inner + k];
      switch (p.fn) {
        case ADD: a = a + x; break;
        case MUL: a = a * x; break;
        case MAX: a = a > x ? a : x; break;
        case MIN: a = a < x ? a : x; break;
        default: a = x;
      }
    }
    p.out[at * p.inner + k] = a;
  }
}

// share is an equal part of the gradient for each of those that are y; product that of all but one, -1 for the base.
__device__ float share(const Scatter &p, i64 at, i64 k) {
  float y = p.y[at * p.inner + k];
  int n = p.base[at * p.inner + k] == y;
  for (i64 l = 0; l < p.n; l++)
    if (row_of(p, l) == at && p.updates[l * p.inner + k] == y) n++;
  return p.dy[at * p.inner + k] / n;
}

__device__ float product(const Scatter &p, i64 at, i64 but, i64 k) {
  double v = but < 0 ? 1. : (double)p.base[at * p.inner + k];
  for (i64 l = 0; l < p.n; l++)
    if (l != but && row_of(p, l) == at) v *= p.updates[l * p.inner + k];
  return (float)(p.dy[at * p.inner + k] * v);
}

extern "C" __global__ void scatter_base_grad(Scatter p) {
  EACH(e, p.rows * p.inner) {
    i64 at = e / p.inner, k = e % p.inner;
    float g = p.dy[e];
    bool met = false;
    for (i64 l = 0; !met && l < p.n; l++) met = row_of(p, l) == at;
    if (met) switch (p.fn) {
        case ADD: break;
        case UPDATE: g = 0; break;
        case MUL: g = product(p, at, -1, k); break;
        default: g = p.base[e] == p.y[e] ? share(p, at, k) : 0.f;
      }
    p.out[e] = g;
  }
}

extern "C" __global__ void scatter_updates_grad(Scatter p) {
  EACH(e, p.n * p.inner) {
    i64 j = e / p.inner, k = e % p.inner, at = row_of(p, j);
    float g = 0;
    if (at >= 0) {
      g = p.dy[at * p.inner + k];
      switch (p.fn) {
        case ADD: break;
        case UPDATE:
          for (i64 l = j + 1; l < p.n; l++)
            if (row_of(p, l) == at) g = 0;
          break;
        case MUL: g = product(p, at, j, k); break;
        default: g = p.updates[e] == p.y[at * p.inner + k] ? share(p, at, k) : 0.f;
      }
    }
    p.out[e] = g;
  }
}

// Merge makes sorted runs twice as long: each element finds its place by looking for itself in the neighbour's run. Equal elements stay in their
// order; NaN come last.
struct Merge {
  const float *x;
  const int *from;  // where elements were at first; null where they still are there
  float *y;
  int *to;
  i64 n;
  int row, size, descending, unused;
};

__device__ __forceinline__ bool before(float u, float v, int descending) { return (descending ? u > v : u < v) || (u == u && v != v); }

extern "C" __global__ void merge(Merge p) {
  EACH(e, p.n) {
    int i = e % p.row, lo = i / (2 * p.size) * 2 * p.size, mid = min(lo + p.size, p.row), hi = min(lo + 2 * p.size, p.row);
    const float *x = p.x + (e - i);
    float v = x[i];
    bool left = i < mid;
    int a = left ? mid : lo, b = left ? hi : mid;  // the neighbour's run; a becomes the first that comes after v
    while (a < b) {
      int m = (a + b) / 2;
      if (left ? before(x[m], v, p.descending) : !before(v, x[m], p.descending))
        a = m + 1;
      else
        b = m;
    }
    i64 at = e - i + (left ? i + a - mid : i - mid + a);
    p.y[at] = v;
    p.to[at] = p.from ? p.from[e] : i;
  }
}

// Scan: x is [outer, n, inner].
struct Scan {
  const float *x, *dy;
  float *out;
  i64 outer, n, inner;
  int product, reverse;
};

extern "C" __global__ void scan(Scan p) {
  EACH(i, p.outer * p.inner) {
    i64 at = i / p.inner * p.n * p.inner + i % p.inner, step = p.inner;
    if (p.reverse) at += (p.n - 1) * p.inner, step = -step;
    double acc = p.product;
    for (i64 k = 0; k < p.n; k++, at += step) {
      if (p.product)
        acc *= p.x[at];
      else
        acc += p.x[at];
      p.out[at] = (float)acc;
    }
  }
}

extern "C" __global__ void scan_grad(Scan p) {
  EACH(e, p.outer * p.n * p.inner) {
    i64 i = e % p.inner, k = e / p.inner % p.n, start = e - (k * p.inner + i) + i, step = p.inner;
    if (p.reverse) start += (p.n - 1) * p.inner, step = -step, k = p.n - 1 - k;
    double v = 1, sum = 0;
    for (i64 j = 0; j < k; j++) v *= p.x[start + j * step];
    for (i64 j = k; j < p.n; j++) {
      if (j > k) v *= p.x[start + j * step];
      sum += p.dy[start + j * step] * v;
    }
    p.out[e] = (float)sum;
  }
}

// ArgReduce: a block for each result; x is [outer, n, inner]. A NaN counts as the largest, and of equal elements the first.
struct ArgReduce {
  const float *x;
  int *out;
  i64 n, inner;
  float sign;
  int unused;
};

__device__ __forceinline__ bool better(float a, int i, float b, int j) {
  if (a != a || b != b) return a != a && (b == b || i < j);
  return a > b || (a == b && i < j);
}

extern "C" __global__ void argreduce(ArgReduce p) {
  __shared__ float best[1024];
  __shared__ int where[1024];
  const float *x = p.x + (i64)blockIdx.x / p.inner * p.n * p.inner + blockIdx.x % p.inner;
  float v = -INFINITY;
  int at = 0x7fffffff;
  for (i64 k = threadIdx.x; k < p.n; k += blockDim.x) {
    float u = p.sign * x[k * p.inner];
    if (at == 0x7fffffff || better(u, (int)k, v, at)) v = u, at = (int)k;
  }
  best[threadIdx.x] = v, where[threadIdx.x] = at;
  for (int o = blockDim.x / 2; o > 0; o /= 2) {
    __syncthreads();
    int t = threadIdx.x;
    if (t < o && where[t + o] != 0x7fffffff && (where[t] == 0x7fffffff || better(best[t + o], where[t + o], best[t], where[t])))
      best[t] = best[t + o], where[t] = where[t + o];
  }
  if (threadIdx.x == 0) p.out[blockIdx.x] = where[0];
}

// Tapped makes each of `to` cells the weighted sum of some of `from`: those from starts[cell] on. x is [outer, from, inner].
struct Tapped {
  const float *x;
  float *y;
  const int *starts, *cells;
  const float *weights;
  i64 outer, inner;
  int from, to;
};

extern "C" __global__ void tapped(Tapped p) {
  EACH(e, p.outer * p.to * p.inner) {
    i64 i = e % p.inner, r = e / p.inner;
    int cell = r % p.to;
    const float *x = p.x + r / p.to * p.from * p.inner + i;
    float s = 0;
    for (int k = p.starts[cell]; k < p.starts[cell + 1]; k++) s = fmaf(p.weights[k], x[p.cells[k] * p.inner], s);
    p.y[e] = s;
  }
}

// Rotary: the tables are [steps, half]; sequence and features are the strides of these axes.
struct Rotary {
  const float *x, *cos, *sin;
  float *y;
  i64 n, sequence, features;
  int steps, half;
};

extern "C" __global__ void rotary(Rotary p) {
  EACH(e, p.n) {
    int f = e / p.features % (2 * p.half), at = (int)(e / p.sequence % p.steps) * p.half + f % p.half;
    i64 other = p.half * p.features;
    p.y[e] = f < p.half ? p.x[e] * p.cos[at] - p.x[e + other] * p.sin[at] : p.x[e] * p.cos[at] + p.x[e - other] * p.sin[at];
  }
}

// Sparsemax: a block for each row, whose elements lie inner apart; order has room for the row's places, largest first.
struct Sparsemax {
  const float *x, *dy;
  float *out;
  int *order;
  i64 n, inner;
};

extern "C" __global__ void sparsemax(Sparsemax p) {
  __shared__ double shared[WARP], tau;
  __shared__ i64 support;
  i64 first = (i64)blockIdx.x / p.inner * p.n * p.inner + blockIdx.x % p.inner;
  const float *x = p.x + first;
  int *order = p.order + blockIdx.x * p.n;
  for (i64 i = threadIdx.x; i < p.n; i += blockDim.x) {
    float v = x[i * p.inner];
    i64 rank = 0;
    for (i64 j = 0; j < p.n; j++) {
      float u = x[j * p.inner];  // NaN come last, as Go compares
      rank += u > v || (u == u && v != v) || ((u == v || (u != u && v != v)) && j < i);
    }
    order[rank] = (int)i;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    double c = 0, sum = 0;
    i64 k = 0;
    for (; k < p.n; k++) {
      double z = x[order[k] * p.inner];
      if (!(z > (c + z - 1) / (k + 1))) break;
      c += z, sum += c;
    }
    support = k, tau = (sum - 1) / (k > 1 ? k : 1);
  }
  __syncthreads();
  float *out = p.out + first;
  if (!p.dy) {
    for (i64 i = threadIdx.x; i < p.n; i += blockDim.x) {
      double v = x[i * p.inner] - tau;
      out[i * p.inner] = v > 0 || v != v ? (float)v : 0.f;
    }
    return;
  }
  const float *dy = p.dy + first;
  double sum = 0;
  for (i64 i = threadIdx.x; i < p.n; i += blockDim.x)
    if (x[i * p.inner] > tau) sum += dy[i * p.inner];
  sum = block_total(sum, shared);
  for (i64 j = threadIdx.x; j < p.n; j += blockDim.x) {
    i64 i = order[j] * p.inner;
    double g = x[i] > tau ? dy[i] : 0.;
    if (j < support) g -= sum * ((double)(support - j) / support);
    out[i] = (float)g;
  }
}

// Fourier is the transform of rows [2, n], real and imaginary parts: term by term in float64. turns has cos and sin of 2 pi k / n.
struct Fourier {
  const float *x;
  float *y;
  const double *turns;
  i64 rows;
  int n, inverse;
};

extern "C" __global__ void fourier(Fourier p) {
  EACH(e, p.rows * p.n) {
    int k = e % p.n;
    const float *x = p.x + e / p.n * 2 * p.n;
    double re = 0, im = 0;
    for (int j = 0, at = 0; j < p.n; j++) {
      double c = p.turns[at], s = p.inverse ? p.turns[p.n + at] : -p.turns[p.n + at];
      re += x[j] * c - x[p.n + j] * s;
      im += x[j] * s + x[p.n + j] * c;
      if ((at += k) >= p.n) at -= p.n;
    }
    float *y = p.y + e / p.n * 2 * p.n;
    y[k] = (float)re, y[p.n + k] = (float)im;
  }
}
