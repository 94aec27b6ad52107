// Batch and layer normalization. Values are seen as [outer, channels, inner]: a row is an index of outer and inner.
#include "device.h"

// NormSums adds up two terms over the rows of each channel, part by part: out[part][2][channels].
enum { MOMENTS, BATCH_GRAD, LAYER_GRAD };
struct NormSums {
  const float *x, *dy, *mean, *inv;
  float *out;
  i64 rows, inner, part;
  int channels, fn;
};

// A block of 32 channels by 8 runs of rows; blockIdx.y is the part. Moments are taken about the channel's first element, lest squares cancel.
extern "C" __global__ void norm_sums(NormSums p) {
  __shared__ float first[8][32], second[8][32];
  int lane = threadIdx.x % 32, run = threadIdx.x / 32, c = blockIdx.x * 32 + lane;
  i64 k0 = (i64)blockIdx.y * p.part, k1 = k0 + p.part < p.rows ? k0 + p.part : p.rows;
  float a = 0, b = 0;
  if (c < p.channels) {
    float about = p.fn == MOMENTS ? p.x[(i64)c * p.inner] : 0.f;
    for (i64 k = k0 + run; k < k1; k += 8) {
      i64 e = (k / p.inner * p.channels + c) * p.inner + k % p.inner;
      if (p.fn == MOMENTS) {
        float d = p.x[e] - about;
        a += d;
        b = fmaf(d, d, b);
      } else {
        i64 s = p.fn == BATCH_GRAD ? c : k;
        a += p.dy[e];
        b = fmaf(p.dy[e], (p.x[e] - p.mean[s]) * p.inv[s], b);
      }
    }
  }
  first[run][lane] = a, second[run][lane] = b;
  __syncthreads();
  if (run || c >= p.channels) return;
  for (int k = 1; k < 8; k++) a += first[k][lane], b += second[k][lane];
  p.out[(i64)blockIdx.y * 2 * p.channels + c] = a;
  p.out[((i64)blockIdx.y * 2 + 1) * p.channels + c] = b;
}

struct NormJoin {
  const float *parts;
  float *first, *second;  // null where they are not wanted
  int channels, count;
};

extern "C" __global__ void norm_join(NormJoin p) {
  EACH(c, p.channels) {
    float a = 0, b = 0;
    for (int k = 0; k < p.count; k++) {
      a += p.parts[(i64)k * 2 * p.channels + c];
      b += p.parts[((i64)k * 2 + 1) * p.channels + c];
    }
    if (p.first) p.first[c] = a;
    if (p.second) p.second[c] = b;
  }
}

// BatchStatistics makes mean and 1/sqrt(variance + epsilon) of the parts' moments, and moves the moving ones; frozen it takes these.
struct BatchStatistics {
  const float *x, *parts;
  float *moving_mean, *moving_variance, *mean, *inv;
  const Fault *faults;
  i64 rows, inner;
  int channels, count, frozen;
  float epsilon, momentum, rest;
};

extern "C" __global__ void batch_statistics(BatchStatistics p) {
  bool moves = !p.frozen && !faulty(p.faults);
  EACH(c, p.channels) {
    if (p.frozen) {
      p.mean[c] = p.moving_mean[c];
      p.inv[c] = 1.f / sqrtf(p.moving_variance[c] + p.epsilon);
      continue;
    }
    float a = 0, b = 0;
    for (int k = 0; k < p.count; k++) {
      a += p.parts[(i64)k * 2 * p.channels + c];
      b += p.parts[((i64)k * 2 + 1) * p.channels + c];
    }
    float d = a / p.rows, mean = p.x[c * p.inner] + d, variance = fmaxf(b / p.rows - d * d, 0.f);
    if (b != b) variance = b;
    p.mean[c] = mean;
    p.inv[c] = 1.f / sqrtf(variance + p.epsilon);
    if (moves) {
      p.moving_mean[c] = p.moving_mean[c] * p.momentum + mean * p.rest;
      p.moving_variance[c] = p.moving_variance[c] * p.momentum + variance * p.rest;
    }
  }
}

struct BatchNorm {
  const float *x, *mean, *inv, *gamma, *beta, *dy, *sums;  // sums: of dy, then of dy times the normalized x
  float *out;
  i64 n, inner, rows;
  int channels, frozen;
};

extern "C" __global__ void batch_norm(BatchNorm p) {
  EACH(i, p.n) {
    int c = i / p.inner % p.channels;
    float v = (p.x[i] - p.mean[c]) * p.inv[c];
    if (p.gamma) v *= p.gamma[c];
    if (p.beta) v += p.beta[c];
    p.out[i] = v;
  }
}

extern "C" __global__ void batch_norm_grad(BatchNorm p) {
  EACH(i, p.n) {
    int c = i / p.inner % p.channels;
    float scale = p.gamma ? p.gamma[c] * p.inv[c] : p.inv[c], d = p.dy[i];
    if (!p.frozen) d -= (p.sums[c] + (p.x[i] - p.mean[c]) * p.inv[c] * p.sums[p.channels + c]) / p.rows;
    p.out[i] = scale * d;
  }
}

// LayerNorm: a block of whole warps for each row of n elements side by side.
struct LayerNorm {
  const float *x, *gamma, *beta, *dy;
  float *y, *mean, *inv, *dx;  // null where they are not wanted
  int n;
  float epsilon;
};

extern "C" __global__ void layer_norm(LayerNorm p) {
  __shared__ float shared[WARP];
  const float *x = p.x + (i64)blockIdx.x * p.n;
  float s = 0, q = 0;
  for (int i = threadIdx.x; i < p.n; i += blockDim.x) s += x[i];
  float mean = block_sum(s, shared) / p.n;
  for (int i = threadIdx.x; i < p.n; i += blockDim.x) {
    float d = x[i] - mean;
    q = fmaf(d, d, q);
  }
  float inv = 1.f / sqrtf(block_sum(q, shared) / p.n + p.epsilon);
  if (threadIdx.x == 0) {
    if (p.mean) p.mean[blockIdx.x] = mean;
    if (p.inv) p.inv[blockIdx.x] = inv;
  }
  if (!p.y) return;
  for (int i = threadIdx.x; i < p.n; i += blockDim.x) {
    float v = (x[i] - mean) * inv;
    if (p.gamma) v *= p.gamma[i];
    if (p.beta) v += p.beta[i];
    p.y[(i64)blockIdx.x * p.n + i] = v;
  }
}

extern "C" __global__ void layer_norm_grad(LayerNorm p) {
  __shared__ float shared[WARP];
  i64 at = (i64)blockIdx.x * p.n;
  float mean = p.mean[blockIdx.x], inv = p.inv[blockIdx.x], a = 0, b = 0;
  for (int i = threadIdx.x; i < p.n; i += blockDim.x) {
    float d = p.gamma ? p.dy[at + i] * p.gamma[i] : p.dy[at + i];
    a += d;
    b = fmaf(d, (p.x[at + i] - mean) * inv, b);
  }
  a = block_sum(a, shared) / p.n;
  b = block_sum(b, shared) / p.n;
  for (int i = threadIdx.x; i < p.n; i += blockDim.x) {
    float d = p.gamma ? p.dy[at + i] * p.gamma[i] : p.dy[at + i];
    p.dx[at + i] = inv * (d - a - (p.x[at + i] - mean) * inv * b);
  }
}
