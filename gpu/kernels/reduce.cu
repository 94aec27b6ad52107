// Sums, means, largest and smallest elements along axes, and what is made of sums: norms, penalties and losses.
#include "device.h"

#define RANK 4
enum { SUM, MEAN, MAX, MIN };

// Of x, the axes that stay and those that are joined, the last of each varying fastest. Axes that are not there are 1.
struct Reduce {
  const float *x;
  float *out;  // or the parts, by part and then by result
  i64 outs, over, part;
  i64 keep_stride[RANK], over_stride[RANK];
  int keep_size[RANK], over_size[RANK];
  int fn, parts;
  float scale;  // of the result, where there is one part
};

__device__ __forceinline__ i64 place(i64 i, const int *size, const i64 *stride) {
  i64 at = 0;
#pragma unroll
  for (int a = RANK - 1; a >= 0; a--) {
    if (size[a] == 1) continue;
    i64 q = i / size[a];
    at += (i - q * size[a]) * stride[a];
    i = q;
  }
  return at;
}

__device__ __forceinline__ float begin(int fn) { return fn == MAX ? -INFINITY : fn == MIN ? INFINITY : 0.f; }

__device__ __forceinline__ float joined(float a, float b, int fn) {
  if (fn == MAX) return a != a ? a : b != b ? b : fmaxf(a, b);
  if (fn == MIN) return a != a ? a : b != b ? b : fminf(a, b);
  return a + b;
}

// A thread for each result: for results whose elements lie apart, as the columns of a matrix. blockIdx.y is the part.
extern "C" __global__ void reduce_columns(Reduce p) {
  i64 first = (i64)blockIdx.y * p.part, end = first + p.part < p.over ? first + p.part : p.over;
  EACH(i, p.outs) {
    const float *x = p.x + place(i, p.keep_size, p.keep_stride);
    float s = begin(p.fn);
    for (i64 k = first; k < end; k++) s = joined(s, x[place(k, p.over_size, p.over_stride)], p.fn);
    if (p.parts == 1) s *= p.scale;
    p.out[(i64)blockIdx.y * p.outs + i] = s;
  }
}

// A block of 256 threads for each result and part: for results whose elements lie side by side. blockIdx.x is the result.
extern "C" __global__ void reduce_rows(Reduce p) {
  __shared__ float shared[256];
  i64 first = (i64)blockIdx.y * p.part, end = first + p.part < p.over ? first + p.part : p.over;
  i64 i = blockIdx.x;
  const float *x = p.x + place(i, p.keep_size, p.keep_stride);
  float s = begin(p.fn);
  for (i64 k = first + threadIdx.x; k < end; k += 256) s = joined(s, x[place(k, p.over_size, p.over_stride)], p.fn);
  shared[threadIdx.x] = s;
  for (int o = 128; o > 0; o >>= 1) {
    __syncthreads();
    if ((int)threadIdx.x < o) shared[threadIdx.x] = joined(shared[threadIdx.x], shared[threadIdx.x + o], p.fn);
  }
  if (threadIdx.x == 0) p.out[(i64)blockIdx.y * p.outs + i] = p.parts == 1 ? shared[0] * p.scale : shared[0];
}

// reduce_parts joins the parts of each result in order.
extern "C" __global__ void reduce_parts(Reduce p) {
  EACH(i, p.outs) {
    float s = begin(p.fn);
    for (int k = 0; k < p.parts; k++) s = joined(s, p.x[k * p.outs + i], p.fn);
    p.out[i] = s * p.scale;
  }
}

// ReduceGrad gives each of the largest elements an equal share: x, y, dy -> dx. One thread for each result.
struct ReduceGrad {
  const float *x, *y, *dy;
  float *dx;
  i64 outs, over;
  i64 keep_stride[RANK], over_stride[RANK];
  int keep_size[RANK], over_size[RANK];
};

extern "C" __global__ void reduce_grad(ReduceGrad p) {
  EACH(i, p.outs) {
    i64 at = place(i, p.keep_size, p.keep_stride);
    float y = p.y[i];
    int n = 0;
    for (i64 k = 0; k < p.over; k++) n += p.x[at + place(k, p.over_size, p.over_stride)] == y;
    float share = p.dy[i] / n;
    for (i64 k = 0; k < p.over; k++) {
      i64 e = at + place(k, p.over_size, p.over_stride);
      p.dx[e] = p.x[e] == y ? share : 0.f;
    }
  }
}

// Sums of squares or magnitudes of a part of x: one block for each 4096 elements; out[first + block].
enum { SQUARES, MAGNITUDES };
struct Squares {
  const float *x;
  float *out;
  i64 n;
  int fn;
};

extern "C" __global__ void squares(Squares p) {
  __shared__ float shared[WARP];
  i64 first = (i64)blockIdx.x * 4096;
  float s = 0;
  for (int k = threadIdx.x; k < 4096 && first + k < p.n; k += blockDim.x) {
    float v = p.x[first + k];
    s += p.fn == SQUARES ? v * v : fabsf(v);
  }
  s = block_sum(s, shared);
  if (threadIdx.x == 0) p.out[blockIdx.x] = s;
}

// Total is out = finish(Σ parts) in one block of 256 threads.
enum { PLAIN, ROOT };
struct Total {
  const float *parts;
  float *out;
  i64 n;
  int fn;
  float scale;
};

extern "C" __global__ void total(Total p) {
  __shared__ float shared[WARP];
  float s = 0;
  for (i64 k = threadIdx.x; k < p.n; k += blockDim.x) s += p.parts[k];
  s = block_sum(s, shared);
  if (threadIdx.x == 0) *p.out = (p.fn == ROOT ? sqrtf(s) : s) * p.scale;
}

// ClipNorm is op.ClipNorm: x, norm -> out.
struct ClipNorm {
  const float *x, *norm;
  float *out;
  i64 n;
  float max;
  int global;
};

extern "C" __global__ void clip_norm(ClipNorm p) {
  float norm = *p.norm;
  float scale = p.max * fminf(1.f / norm, 1.f / p.max) + (norm - norm);
  float by = norm != norm ? norm : fmaxf(norm, p.max);
  EACH(i, p.n) p.out[i] = p.global ? p.x[i] * scale : p.x[i] * p.max / by;
}

// LossReduce is op.LossReduce and its gradient. weight and mask hold for per_weight and per_mask values each.
enum { LOSS_SUM, LOSS_MEAN, LOSS_WEIGHTED };
struct LossReduce {
  const float *values, *weight, *mask, *d;
  float *out;
  i64 n, weights, per_weight, per_mask;
  int by;
};

// weighing gives what the sum is divided by, in one block.
__device__ float divisor(const LossReduce &p, float *shared) {
  if (p.by == LOSS_SUM) return 1.f;
  float s = 0;
  if (p.by == LOSS_WEIGHTED && p.weight && !p.mask) {
    for (i64 i = threadIdx.x; i < p.weights; i += blockDim.x) s += p.weight[i];
    return block_sum(s, shared);
  }
  if (!p.mask) return (float)p.n;
  bool weighted = p.by == LOSS_WEIGHTED && p.weight;
  for (i64 i = threadIdx.x; i < p.n; i += blockDim.x) s += p.mask[i / p.per_mask] * (weighted ? p.weight[i / p.per_weight] : 1.f);
  return block_sum(s, shared);
}

__device__ __forceinline__ float weight_of(const LossReduce &p, i64 i) {
  float w = 1.f;
  if (p.weight) w = p.weight[i / p.per_weight];
  if (p.mask) w *= p.mask[i / p.per_mask];
  return w;
}

// One block of 1024 threads.
extern "C" __global__ void loss_reduce(LossReduce p) {
  __shared__ float shared[WARP];
  float s = 0;
  for (i64 i = threadIdx.x; i < p.n; i += blockDim.x) s += p.values[i] * weight_of(p, i);
  s = block_sum(s, shared);
  float by = divisor(p, shared);
  if (threadIdx.x == 0) *p.out = by == 0 ? 0.f : s / by;
}

// Each block finds the divisor for itself.
extern "C" __global__ void loss_reduce_grad(LossReduce p) {
  __shared__ float shared[WARP];
  float by = divisor(p, shared), scale = by == 0 ? 0.f : *p.d / by;
  EACH(i, p.n) p.out[i] = scale * weight_of(p, i);
}
