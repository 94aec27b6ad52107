// Softmax, crossentropies, and the losses that go element by element.
#include "device.h"

// Rows are along one axis: n elements, stride apart.
struct Rows {
  int n;
  int stride;
};

__device__ __forceinline__ i64 row_start(const Rows &r, i64 row) { return row / r.stride * r.stride * r.n + row % r.stride; }

struct Softmax {
  const float *x, *dy;  // of the gradient, x is the output y
  float *out;
  Rows rows;
  int log;
};

// A block of whole warps for each row.
extern "C" __global__ void softmax(Softmax p) {
  __shared__ float shared[WARP];
  i64 at = row_start(p.rows, blockIdx.x);
  int st = p.rows.stride;
  float top = -INFINITY;
  for (int i = threadIdx.x; i < p.rows.n; i += blockDim.x) {
    float v = p.x[at + (i64)i * st];
    top = v != v ? v : fmaxf(top, v);
  }
  top = block_max(top, shared);
  float s = 0;
  for (int i = threadIdx.x; i < p.rows.n; i += blockDim.x) s += expf(p.x[at + (i64)i * st] - top);
  s = block_sum(s, shared);
  float scale = 1.f / s, log = logf(s);
  for (int i = threadIdx.x; i < p.rows.n; i += blockDim.x) {
    float v = p.x[at + (i64)i * st] - top;
    p.out[at + (i64)i * st] = p.log ? v - log : expf(v) * scale;
  }
}

extern "C" __global__ void softmax_grad(Softmax p) {
  __shared__ float shared[WARP];
  i64 at = row_start(p.rows, blockIdx.x);
  int st = p.rows.stride;
  float s = 0;
  for (int i = threadIdx.x; i < p.rows.n; i += blockDim.x) {
    i64 e = at + (i64)i * st;
    s += p.log ? p.dy[e] : p.dy[e] * p.x[e];
  }
  s = block_sum(s, shared);
  for (int i = threadIdx.x; i < p.rows.n; i += blockDim.x) {
    i64 e = at + (i64)i * st;
    p.out[e] = p.log ? p.dy[e] - expf(p.x[e]) * s : p.x[e] * (p.dy[e] - s);
  }
}

struct Crossentropy {
  const int *labels;  // or y
  const float *y, *x, *dv;
  float *values, *prob, *valid, *dx;
  Fault *faults;
  Rows rows;
  u32 step;
  int from_logits, has_ignore, ignore;
  float keep, add;  // label smoothing
};

#define LOW 1e-7f
#define HIGH (1.f - 1e-7f)
__device__ __forceinline__ float clip_probability(float q) { return q != q ? q : fminf(fmaxf(q, LOW), HIGH); }
__device__ __forceinline__ float inside_probability(float q) { return q > LOW && q < HIGH ? 1.f : q < LOW || q > HIGH ? 0.f : 0.5f; }
__device__ __forceinline__ float target(const Crossentropy &p, i64 e) { return p.y[e] * p.keep + p.add; }

// A block of whole warps for each row: its value and, where wanted, its probabilities.
extern "C" __global__ void crossentropy(Crossentropy p) {
  __shared__ float shared[WARP];
  i64 row = blockIdx.x, at = row_start(p.rows, row);
  int n = p.rows.n, st = p.rows.stride, label = 0;
  if (p.labels) {
    label = p.labels[row];
    bool ignored = p.has_ignore && label == p.ignore;
    if (threadIdx.x == 0 && p.valid) p.valid[row] = ignored ? 0.f : 1.f;
    if (!ignored && (label < 0 || label >= n)) {
      if (threadIdx.x == 0) fault(p.faults, p.step, (u32)row);
      ignored = true;
    }
    if (ignored) {
      if (threadIdx.x == 0 && p.values) p.values[row] = 0.f;
      for (int i = threadIdx.x; p.prob && i < n; i += blockDim.x) p.prob[at + (i64)i * st] = 0.f;
      return;
    }
  } else if (threadIdx.x == 0 && p.valid) {
    p.valid[row] = 1.f;
  }
  float top = 0, s = 0, v = 0;
  if (p.from_logits) {
    top = -INFINITY;
    for (int i = threadIdx.x; i < n; i += blockDim.x) top = fmaxf(top, p.x[at + (i64)i * st]);
    top = block_max(top, shared);
    for (int i = threadIdx.x; i < n; i += blockDim.x) s += expf(p.x[at + (i64)i * st] - top);
  } else {
    for (int i = threadIdx.x; i < n; i += blockDim.x) s += p.x[at + (i64)i * st];
  }
  s = block_sum(s, shared);
  float log = logf(s);
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    i64 e = at + (i64)i * st;
    float minus_log = p.from_logits ? log - (p.x[e] - top) : -logf(clip_probability(p.x[e] / s));
    float y = p.labels ? (i == label ? 1.f : 0.f) : target(p, e);
    if (!p.labels || i == label) v += y * minus_log;
    if (p.prob) p.prob[e] = p.from_logits ? expf(p.x[e] - top) / s : p.x[e] / s;
  }
  v = block_sum(v, shared);
  if (threadIdx.x == 0 && p.values) p.values[row] = v;
}

// From logits x is the probabilities: dx = dv·(p·Σy - y). Else it goes back through the logarithm, the cut and the division by the sum.
extern "C" __global__ void crossentropy_grad(Crossentropy p) {
  __shared__ float shared[WARP];
  i64 row = blockIdx.x, at = row_start(p.rows, row);
  int n = p.rows.n, st = p.rows.stride, label = -1;
  if (p.labels) {
    label = p.labels[row];
    if (label < 0 || label >= n || (p.has_ignore && label == p.ignore)) {
      for (int i = threadIdx.x; i < n; i += blockDim.x) p.dx[at + (i64)i * st] = 0.f;
      return;
    }
  }
  float dv = p.dv[row];
  if (p.from_logits) {
    float whole = 1.f;
    if (!p.labels) {
      float s = 0;
      for (int i = threadIdx.x; i < n; i += blockDim.x) s += target(p, at + (i64)i * st);
      whole = block_sum(s, shared);
    }
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
      i64 e = at + (i64)i * st;
      float y = p.labels ? (i == label ? 1.f : 0.f) : target(p, e);
      p.dx[e] = dv * (p.x[e] * whole - y);
    }
    return;
  }
  float s = 0, through = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) s += p.x[at + (i64)i * st];
  s = block_sum(s, shared);
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    i64 e = at + (i64)i * st;
    float q = p.x[e] / s, y = p.labels ? (i == label ? 1.f : 0.f) : target(p, e);
    through += -dv * y / clip_probability(q) * inside_probability(q) * q;
  }
  through = block_sum(through, shared);
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    i64 e = at + (i64)i * st;
    float q = p.x[e] / s, y = p.labels ? (i == label ? 1.f : 0.f) : target(p, e);
    p.dx[e] = (-dv * y / clip_probability(q) * inside_probability(q) - through) / s;
  }
}

enum {
  SQUARED, ABSOLUTE, HUBER, LOG_COSH, ABSOLUTE_PERCENTAGE, SQUARED_LOGARITHMIC, POISSON, KL_DIVERGENCE, HINGE, SQUARED_HINGE,
  BINARY_CROSSENTROPY, BINARY_LOGIT_CROSSENTROPY, BINARY_FOCAL, BINARY_LOGIT_FOCAL
};

struct PointLoss {
  const float *y, *p, *dv;
  float *out;
  const int *zeros;  // of hinge losses: whether the targets are all 0 or 1
  i64 rows;
  Rows along;
  int fn, sum;
  float a, b, c;
};

__device__ __forceinline__ float clipped(float x, float lo, float hi) { return x != x ? x : fminf(fmaxf(x, lo), hi); }
__device__ __forceinline__ float within(float x, float lo, float hi) { return x > lo && x < hi ? 1.f : x < lo || x > hi ? 0.f : x == lo || x == hi ? 0.5f : x; }
__device__ __forceinline__ float at_least(float x, float lo) { return x != x ? x : fmaxf(x, lo); }
__device__ __forceinline__ float splus(float x) { return x != x ? x : fmaxf(x, 0.f) + log1pf(expf(-fabsf(x))); }
__device__ __forceinline__ float sigm(float x) {
  float e = expf(-fabsf(x));
  return (x >= 0 ? 1.f : e) / (1.f + e);
}

__device__ __forceinline__ float bce(float y, float p) {
  float q = clip_probability(p);
  return -(y * logf(q) + (1.f - y) * logf(1.f - q));
}
__device__ __forceinline__ float bce_slope(float y, float p) {
  float q = clip_probability(p);
  return ((1.f - y) / (1.f - q) - y / q) * inside_probability(p);
}
__device__ __forceinline__ float class_weight(const PointLoss &l, float y) { return l.c < 0 ? 1.f : y * l.c + (1.f - y) * (1.f - l.c); }
__device__ __forceinline__ float focal(const PointLoss &l, float y, float p) {
  float lacks = 1.f - (y * p + (1.f - y) * (1.f - p));
  return class_weight(l, y) * powf(lacks, l.b) * bce(y, p);
}
__device__ __forceinline__ float focal_slope(const PointLoss &l, float y, float p) {
  float lacks = 1.f - (y * p + (1.f - y) * (1.f - p));
  float s = powf(lacks, l.b) * bce_slope(y, p);
  if (l.b != 0) s += l.b * powf(lacks, l.b - 1.f) * (1.f - 2.f * y) * bce(y, p);
  return class_weight(l, y) * s;
}

__device__ float point(const PointLoss &l, float y, float p) {
  float e = p - y;
  switch (l.fn) {
    case SQUARED: return e * e;
    case ABSOLUTE: return fabsf(e);
    case HUBER: return !(fabsf(e) <= l.a) ? l.a * fabsf(e) - 0.5f * l.a * l.a : 0.5f * e * e;
    case LOG_COSH: return e + splus(-2.f * e) - 0.69314718055994531f;
    case ABSOLUTE_PERCENTAGE: return 100.f * fabsf((y - p) / at_least(fabsf(y), LOW));
    case SQUARED_LOGARITHMIC: {
      float d = logf(at_least(p, LOW) + 1.f) - logf(at_least(y, LOW) + 1.f);
      return d * d;
    }
    case POISSON: return p - y * logf(p + LOW);
    case KL_DIVERGENCE: return clipped(y, LOW, 1.f) * logf(clipped(y, LOW, 1.f) / clipped(p, LOW, 1.f));
    case HINGE: return at_least(1.f - y * p, 0.f);
    case SQUARED_HINGE: { float h = at_least(1.f - y * p, 0.f); return h * h; }
    case BINARY_CROSSENTROPY: return bce(y, p);
    case BINARY_LOGIT_CROSSENTROPY: return y * splus(-p) + (1.f - y) * splus(p);
    case BINARY_FOCAL: return focal(l, y, p);
    case BINARY_LOGIT_FOCAL: return focal(l, y, sigm(p));
  }
  return NAN;
}

__device__ float point_slope(const PointLoss &l, float y, float p) {
  float e = p - y;
  switch (l.fn) {
    case SQUARED: return 2.f * e;
    case ABSOLUTE: return e > 0 ? 1.f : e < 0 ? -1.f : e;
    case HUBER: return clipped(e, -l.a, l.a);
    case LOG_COSH: return tanhf(e);
    case ABSOLUTE_PERCENTAGE: return 100.f * (e > 0 ? 1.f : e < 0 ? -1.f : e) / at_least(fabsf(y), LOW);
    case SQUARED_LOGARITHMIC: {
      float d = logf(at_least(p, LOW) + 1.f) - logf(at_least(y, LOW) + 1.f);
      return 2.f * d / (at_least(p, LOW) + 1.f) * within(p, LOW, INFINITY);
    }
    case POISSON: return 1.f - y / (p + LOW);
    case KL_DIVERGENCE: return -clipped(y, LOW, 1.f) / clipped(p, LOW, 1.f) * within(p, LOW, 1.f);
    case HINGE: return -y * within(1.f - y * p, 0.f, INFINITY);
    case SQUARED_HINGE: return -2.f * y * at_least(1.f - y * p, 0.f);
    case BINARY_CROSSENTROPY: return bce_slope(y, p);
    case BINARY_LOGIT_CROSSENTROPY: return (1.f - y) * sigm(p) - y * sigm(-p);
    case BINARY_FOCAL: return focal_slope(l, y, p);
    case BINARY_LOGIT_FOCAL: return focal_slope(l, y, sigm(p)) * sigm(p) * sigm(-p);
  }
  return NAN;
}

__device__ __forceinline__ float target_of(const PointLoss &l, float y) {
  if (l.zeros && *l.zeros) y = 2.f * y - 1.f;
  if (l.fn >= BINARY_CROSSENTROPY && l.a != 0) y = y * (1.f - l.a) + 0.5f * l.a;
  return y;
}

// A thread for each row, since rows are short.
extern "C" __global__ void point_loss(PointLoss l) {
  EACH(r, l.rows) {
    i64 at = row_start(l.along, r);
    float s = 0;
    for (int i = 0; i < l.along.n; i++, at += l.along.stride) s += point(l, target_of(l, l.y[at]), l.p[at]);
    l.out[r] = l.sum ? s : s / l.along.n;
  }
}

// A block of whole warps for each row.
extern "C" __global__ void point_loss_long(PointLoss l) {
  __shared__ float shared[WARP];
  i64 at = row_start(l.along, blockIdx.x);
  float s = 0;
  for (int i = threadIdx.x; i < l.along.n; i += blockDim.x) {
    i64 e = at + (i64)i * l.along.stride;
    s += point(l, target_of(l, l.y[e]), l.p[e]);
  }
  s = block_sum(s, shared);
  if (threadIdx.x == 0) l.out[blockIdx.x] = l.sum ? s : s / l.along.n;
}

extern "C" __global__ void point_loss_grad(PointLoss l) {
  i64 n = l.rows * l.along.n;
  EACH(e, n) {
    i64 st = l.along.stride, row = e / (st * l.along.n) * st + e % st;
    float d = l.sum ? l.dv[row] : l.dv[row] / l.along.n;
    l.out[e] = d * point_slope(l, target_of(l, l.y[e]), l.p[e]);
  }
}

// Binaries sets *out to whether all of y are 0 or 1, in one block.
struct Binaries {
  const float *y;
  int *out;
  i64 n;
};

extern "C" __global__ void binaries(Binaries p) {
  __shared__ float shared[WARP];
  float other = 0;
  for (i64 i = threadIdx.x; i < p.n; i += blockDim.x)
    if (p.y[i] != 0 && p.y[i] != 1) other = 1;
  other = block_max(other, shared);
  if (threadIdx.x == 0) *p.out = other == 0;
}

// CircleLoss is op.Circle: y labels [n], s products [n, n]. A block for each example.
struct CircleLoss {
  const int *y;
  const float *s, *dvalues;
  float *values, *counts, *ds;
  double gamma, margin;
  int n, self;
};

// pair is the exponent for a pair and its derivative; 0 for an example and itself where that does not count, else 1 with the same label, 2 with another.
__device__ int pair(const CircleLoss &p, int i, int j, double *z, double *dz) {
  *z = *dz = 0;
  if (i == j && !p.self) return 0;
  double d = 1 - (double)p.s[(i64)i * p.n + j], dd = d < 0 ? 0 : d == 0 ? -0.5 : -1;
  if (d < 0) d = 0;
  if (p.y[i] == p.y[j]) {
    double w = p.margin + d, far = p.margin - d;
    if (w > 0) *z = -p.gamma * w * far, *dz = -p.gamma * (far - w) * dd;
    return 1;
  }
  double w = 1 + p.margin - d, far = 1 - p.margin - d;
  if (w > 0) *z = p.gamma * w * far, *dz = -p.gamma * (far + w) * dd;
  return 2;
}

__device__ void log_sums(const CircleLoss &p, int i, double *shared, double out[2]) {
  double z, dz;
  for (int kind = 1; kind <= 2; kind++) {
    double top = -INFINITY, sum = 0;
    for (int j = threadIdx.x; j < p.n; j += blockDim.x)
      if (pair(p, i, j, &z, &dz) == kind) top = fmax(top, z);
    top = block_top(top, shared);
    for (int j = threadIdx.x; j < p.n; j += blockDim.x)
      if (pair(p, i, j, &z, &dz) == kind) sum += exp(z - top);
    sum = block_total(sum, shared);
    out[kind - 1] = sum > 0 ? top + log(sum) : top;
  }
}

extern "C" __global__ void circle_loss(CircleLoss p) {
  __shared__ double shared[WARP];
  double l[2];
  int i = blockIdx.x;
  log_sums(p, i, shared, l);
  if (threadIdx.x) return;
  double x = l[0] + l[1], v = 0;
  if (x != -INFINITY) v = fmax(x, 0.) + log1p(exp(-fabs(x)));
  float value = (float)v;
  if (fabsf(value) < 1.17549435e-38f) value = 0;
  if (p.values) p.values[i] = value;
  if (p.counts) p.counts[i] = value > 0 ? 1.f : 0.f;
}

extern "C" __global__ void circle_loss_grad(CircleLoss p) {
  __shared__ double shared[WARP];
  double l[2];
  int i = blockIdx.x;
  log_sums(p, i, shared, l);
  double x = l[0] + l[1], e = exp(-fabs(x)), slope = (x > 0 ? 1. : e) / (1 + e) * p.dvalues[i];
  bool none = x == -INFINITY || p.dvalues[i] == 0;
  for (int j = threadIdx.x; j < p.n; j += blockDim.x) {
    double z, dz;
    int kind = pair(p, i, j, &z, &dz);
    p.ds[(i64)i * p.n + j] = none || !kind || dz == 0 ? 0.f : (float)(slope * exp(z - l[kind - 1]) * dz);
  }
}

// CTC is op.CTC, in the form of internal/cpu/ctc.go: a block for each example, a thread for each label. room is scratch memory.
struct CTC {
  const int *labels;
  const float *x;
  float *values, *grad;
  double *room;
  Fault *faults;
  i64 per;  // of room for an example
  int batch, steps, classes, most, blank;
  u32 step;
};

#define LOG_ZERO (-1e5)

__device__ __forceinline__ double log_add(double a, double b, double *share) {
  bool swapped = a < b;
  if (swapped) {
    double c = a;
    a = b, b = c;
  }
  double e = a - b > 40 ? 0 : exp(b - a), s = 1 / (1 + e);
  *share = swapped ? e * s : s;
  return a + log1p(e);
}

extern "C" __global__ void ctc(CTC p) {
  __shared__ int count, bad;
  __shared__ double shared[WARP];
  int e = blockIdx.x, most = p.most;
  const int *y = p.labels + (i64)e * most;
  const float *x = p.x + (i64)e * p.steps * p.classes;
  float *grad = p.grad ? p.grad + (i64)e * p.steps * p.classes : nullptr;
  double *phi = p.room + e * p.per, *emit = phi + most + 1, *moved = emit + most, *back_phi = moved + most + 1, *back_emit = back_phi + most + 1;
  double *shares = back_emit + most, *top = shares + (i64)3 * p.steps * most, *log_of = top + p.steps;
  if (threadIdx.x == 0) {
    count = bad = 0;
    for (int k = 0; k < most; k++) {
      count += y[k] != p.blank;
      if (!bad && (y[k] < 0 || y[k] >= p.classes)) {
        bad = 1;
        fault(p.faults, p.step, (u32)(e * most + k));
      }
    }
  }
  int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
  for (int t = warp; t < p.steps; t += blockDim.x / WARP) {
    const float *row = x + (i64)t * p.classes;
    float m = -INFINITY, s = 0;
    for (int c = lane; c < p.classes; c += WARP) m = fmaxf(m, row[c]);
    m = warp_max(m);
    for (int c = lane; c < p.classes; c += WARP) s += expf(row[c] - m);
    s = warp_sum(s);
    if (grad)
      for (int c = lane; c < p.classes; c += WARP) grad[(i64)t * p.classes + c] = expf(row[c] - m) / s;
    if (lane == 0) top[t] = m, log_of[t] = log((double)s);
  }
  __syncthreads();
  if (bad) return;
  int n = count;
  auto log_p = [&](int t, int c) { return (double)x[(i64)t * p.classes + c] - top[t] - log_of[t]; };
  auto repeated = [&](int k) { return k + 1 < most && y[k] == y[k + 1]; };
  for (int k = threadIdx.x; k <= n; k += blockDim.x) {
    phi[k] = k ? LOG_ZERO : 0.;
    if (k < n) emit[k] = LOG_ZERO;
  }
  __syncthreads();
  for (int t = 0; t < p.steps; t++) {
    double *share = shares + (i64)3 * t * most, none = log_p(t, p.blank);
    if (threadIdx.x == 0) moved[0] = phi[0];
    for (int k = threadIdx.x; k < n; k += blockDim.x) moved[k + 1] = log_add(phi[k + 1], emit[k] + (repeated(k) ? LOG_ZERO : 0.), &share[3 * k]);
    __syncthreads();
    if (threadIdx.x == 0) phi[0] = moved[0] + none;
    for (int k = threadIdx.x; k < n; k += blockDim.x) {
      double before = emit[k];
      emit[k] = log_add(moved[k], before, &share[3 * k + 1]) + log_p(t, y[k]);
      phi[k + 1] = log_add(moved[k + 1] + none, before + none + (repeated(k) ? 0. : LOG_ZERO), &share[3 * k + 2]);
    }
    __syncthreads();
  }
  for (int k = threadIdx.x; k <= n; k += blockDim.x) {
    back_phi[k] = n == 0 ? 1. : 0.;
    if (k < n) back_emit[k] = 0;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    double loss = -phi[0];
    if (n) {
      double share;
      loss = -log_add(phi[n], emit[n - 1], &share);
      back_phi[n] = share, back_emit[n - 1] = 1 - share;
    }
    if (p.values) p.values[e] = (float)loss;
  }
  __syncthreads();
  if (!grad) return;
  for (int t = p.steps - 1; t >= 0; t--) {
    double *share = shares + (i64)3 * t * most, none = 0;
    float *row = grad + (i64)t * p.classes;
    for (int k = threadIdx.x; k <= n; k += blockDim.x) none += back_phi[k];
    none = block_total(none, shared);
    // The first label of a class takes what all of it have.
    for (int k = threadIdx.x; k < n; k += blockDim.x) {
      bool first = true;
      for (int l = 0; first && l < k; l++) first = y[l] != y[k];
      if (!first) continue;
      double sum = y[k] == p.blank ? none : 0.;
      for (int l = k; l < n; l++)
        if (y[l] == y[k]) sum += back_emit[l];
      row[y[k]] -= (float)sum;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      bool said = false;
      for (int l = 0; l < n; l++) said = said || y[l] == p.blank;
      if (!said) row[p.blank] -= (float)none;
      moved[0] = back_phi[0];
    }
    for (int k = threadIdx.x; k < n; k += blockDim.x) {
      double phi_k = back_phi[k + 1], emit_k = back_emit[k];
      moved[k + 1] = phi_k * share[3 * k + 2];
      back_emit[k] = phi_k * (1 - share[3 * k + 2]) + emit_k * (1 - share[3 * k + 1]);
      back_phi[k + 1] = emit_k * share[3 * k + 1];  // of moved[k], added below
    }
    __syncthreads();
    for (int k = threadIdx.x; k < n; k += blockDim.x) moved[k] += back_phi[k + 1];
    __syncthreads();
    if (threadIdx.x == 0) back_phi[0] = moved[0];
    for (int k = threadIdx.x; k < n; k += blockDim.x) {
      back_phi[k + 1] = moved[k + 1] * share[3 * k];
      back_emit[k] += moved[k + 1] * (1 - share[3 * k]);
    }
    __syncthreads();
  }
}
