// Attention without a matrix of scores (Dao and others, "FlashAttention", 2022): keys are gone through in tiles, the softmax is kept as it is so
// far. q and y are [batch, queries, heads, ..], k and v [batch, keys, groups, ..], log and delta [batch, heads, queries].
#include "attention.h"

#define SIDE 32   // queries or keys in a tile
#define WIDEST 64 // the most depth or width

struct Flash {
  const float *q, *k, *v, *y, *dy, *log;
  float *out, *log_out, *delta, *dq, *dk, *dv;  // out, dq, dk, dv: null where they are not wanted
  const Key *key;
  Mask mask[MASKS];
  u64 limit;
  int batch, heads, groups, queries, keys, depth, width, causal, window, mean, masks, ints, dropout;
  float factor, scale;
  int unused;
};

typedef float Tile[SIDE][WIDEST + 1];

// load brings a tile of rows that lie stride apart, 0 beyond n.
__device__ __forceinline__ void load(Tile &to, const float *from, i64 stride, int first, int n, int size) {
  for (int e = threadIdx.x; e < SIDE * size; e += 256) {
    int r = e / size, d = e % size;
    to[r][d] = first + r < n ? from[(first + r) * stride + d] : 0.f;
  }
}

__device__ __forceinline__ float dot(const Tile &a, int i, const Tile &b, int j, int n) {
  float s = 0;
  for (int d = 0; d < n; d++) s = fmaf(a[i][d], b[j][d], s);
  return s;
}

// of_row joins over the 8 threads of a row.
__device__ __forceinline__ float sum_of_row(float v) {
  for (int o = 1; o < 8; o *= 2) v += __shfl_xor_sync(ALL_LANES, v, o);
  return v;
}
__device__ __forceinline__ float max_of_row(float v) {
  for (int o = 1; o < 8; o *= 2) v = fmaxf(v, __shfl_xor_sync(ALL_LANES, v, o));
  return v;
}

// A block for 32 queries of a head: 8 threads each, which share its keys and its outputs.
extern "C" __global__ void __launch_bounds__(256) flash_forward(Flash p) {
  __shared__ Tile qs, ks;
  __shared__ float ws[SIDE][SIDE + 1];
  int b = blockIdx.y / p.heads, h = blockIdx.y % p.heads, g = h / (p.heads / p.groups), t0 = blockIdx.x * SIDE, r = threadIdx.x / 8, c8 = threadIdx.x % 8, t = t0 + r;
  i64 ld = (i64)p.groups * p.depth, ldv = (i64)p.groups * p.width, row = (i64)blockIdx.y * p.queries + t;
  const float *k = p.k + (i64)b * p.keys * ld + g * p.depth, *v = p.v + (i64)b * p.keys * ldv + g * p.width;
  load(qs, p.q + ((i64)b * p.queries * p.heads + h) * p.depth, (i64)p.heads * p.depth, t0, p.queries, p.depth);
  Key key{};
  if (p.dropout) key = *p.key;
  float top = -INFINITY, sum = 0, acc[WIDEST / 8];
#pragma unroll
  for (int j = 0; j < WIDEST / 8; j++) acc[j] = 0;
  for (int s0 = 0; s0 < p.keys && !(p.causal && s0 >= t0 + SIDE); s0 += SIDE) {
    __syncthreads();
    load(ks, k, ld, s0, p.keys, p.depth);
    __syncthreads();
    float x[4], m = top, add = 0;
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int s = s0 + c8 + 8 * j;
      x[j] = t < p.queries && s < p.keys && !hidden(p, b, h, t, s) ? p.scale * dot(qs, r, ks, c8 + 8 * j, p.depth) : -INFINITY;
      m = fmaxf(m, x[j]);
    }
    m = max_of_row(m);
    float before = top == -INFINITY ? 0.f : expf(top - m);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      float e = x[j] == -INFINITY ? 0.f : expf(x[j] - m);
      add += e;
      ws[r][c8 + 8 * j] = e == 0 ? 0.f : e * kept(p, key, row * p.keys + s0 + c8 + 8 * j);
    }
    sum = sum * before + sum_of_row(add);
    top = m;
    __syncthreads();
    load(ks, v, ldv, s0, p.keys, p.width);
    __syncthreads();
#pragma unroll
    for (int j = 0; j < WIDEST / 8; j++) {
      int d = c8 + 8 * j;
      if (d >= p.width) break;
      float a = acc[j] * before;
      for (int c = 0; c < SIDE; c++) a = fmaf(ws[r][c], ks[c][d], a);
      acc[j] = a;
    }
  }
  if (t >= p.queries) return;
  bool none = top == -INFINITY;
  if (c8 == 0 && p.log_out) p.log_out[row] = none ? INFINITY : top + logf(sum);
  if (!p.out) return;
  for (int j = 0; c8 + 8 * j < p.width; j++) {
    int d = c8 + 8 * j;
    float o = none ? 0.f : acc[j] / sum;
    if (none && p.mean) {
      for (int s = 0; s < p.keys; s++) o += v[s * ldv + d];
      o /= p.keys;
    }
    p.out[(((i64)b * p.queries + t) * p.heads + h) * p.width + d] = o;
  }
}

// delta is the product of each output and its gradient.
extern "C" __global__ void flash_delta(Flash p) {
  EACH(i, (i64)p.batch * p.heads * p.queries) {
    i64 t = i % p.queries, h = i / p.queries % p.heads, b = i / p.queries / p.heads, at = ((b * p.queries + t) * p.heads + h) * p.width;
    float s = 0;
    for (int d = 0; d < p.width; d++) s = fmaf(p.y[at + d], p.dy[at + d], s);
    p.delta[i] = s;
  }
}

// The weight of a query and a key before dropout, from the score.
__device__ __forceinline__ float weight(float score, float log) { return log == INFINITY ? 0.f : expf(score - log); }

extern "C" __global__ void __launch_bounds__(256) flash_query_grad(Flash p) {
  __shared__ Tile qs, ks, dys, vs;
  __shared__ float ds[SIDE][SIDE + 1];
  int b = blockIdx.y / p.heads, h = blockIdx.y % p.heads, g = h / (p.heads / p.groups), t0 = blockIdx.x * SIDE, r = threadIdx.x / 8, c8 = threadIdx.x % 8, t = t0 + r;
  i64 ld = (i64)p.groups * p.depth, ldv = (i64)p.groups * p.width, row = (i64)blockIdx.y * p.queries + t;
  const float *k = p.k + (i64)b * p.keys * ld + g * p.depth, *v = p.v + (i64)b * p.keys * ldv + g * p.width;
  load(qs, p.q + ((i64)b * p.queries * p.heads + h) * p.depth, (i64)p.heads * p.depth, t0, p.queries, p.depth);
  load(dys, p.dy + ((i64)b * p.queries * p.heads + h) * p.width, (i64)p.heads * p.width, t0, p.queries, p.width);
  Key key{};
  if (p.dropout) key = *p.key;
  float log = t < p.queries ? p.log[row] : INFINITY, delta = t < p.queries ? p.delta[row] : 0.f, acc[WIDEST / 8];
#pragma unroll
  for (int j = 0; j < WIDEST / 8; j++) acc[j] = 0;
  for (int s0 = 0; s0 < p.keys && !(p.causal && s0 >= t0 + SIDE); s0 += SIDE) {
    __syncthreads();
    load(ks, k, ld, s0, p.keys, p.depth);
    load(vs, v, ldv, s0, p.keys, p.width);
    __syncthreads();
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int c = c8 + 8 * j, s = s0 + c;
      float x = 0;
      if (t < p.queries && s < p.keys && !hidden(p, b, h, t, s)) {
        float w = weight(p.scale * dot(qs, r, ks, c, p.depth), log);
        x = p.scale * w * (dot(dys, r, vs, c, p.width) * kept(p, key, row * p.keys + s) - delta);
      }
      ds[r][c] = x;
    }
    __syncthreads();
#pragma unroll
    for (int j = 0; j < WIDEST / 8; j++) {
      int d = c8 + 8 * j;
      if (d >= p.depth) break;
      for (int c = 0; c < SIDE; c++) acc[j] = fmaf(ds[r][c], ks[c][d], acc[j]);
    }
  }
  if (t >= p.queries) return;
  for (int j = 0; c8 + 8 * j < p.depth; j++) p.dq[(((i64)b * p.queries + t) * p.heads + h) * p.depth + c8 + 8 * j] = acc[j];
}

// A block for 32 keys of a group, whose heads come one after the other.
extern "C" __global__ void __launch_bounds__(256) flash_key_grad(Flash p) {
  __shared__ Tile qs, ks, dys, vs;
  __shared__ float ds[SIDE][SIDE + 1], ws[SIDE][SIDE + 1];
  int b = blockIdx.y / p.groups, g = blockIdx.y % p.groups, per = p.heads / p.groups, s0 = blockIdx.x * SIDE, r = threadIdx.x / 8, c8 = threadIdx.x % 8, s = s0 + r;
  i64 ld = (i64)p.groups * p.depth, ldv = (i64)p.groups * p.width;
  load(ks, p.k + (i64)b * p.keys * ld + g * p.depth, ld, s0, p.keys, p.depth);
  load(vs, p.v + (i64)b * p.keys * ldv + g * p.width, ldv, s0, p.keys, p.width);
  Key key{};
  if (p.dropout) key = *p.key;
  float dk[WIDEST / 8], dv[WIDEST / 8];
#pragma unroll
  for (int j = 0; j < WIDEST / 8; j++) dk[j] = dv[j] = 0;
  for (int h = g * per; h < (g + 1) * per; h++)
    for (int t0 = 0; t0 < p.queries; t0 += SIDE) {
      if (p.causal && !p.mean && t0 + SIDE <= s0) continue;  // a mean is of what it does not see, too
      __syncthreads();
      load(qs, p.q + ((i64)b * p.queries * p.heads + h) * p.depth, (i64)p.heads * p.depth, t0, p.queries, p.depth);
      load(dys, p.dy + ((i64)b * p.queries * p.heads + h) * p.width, (i64)p.heads * p.width, t0, p.queries, p.width);
      __syncthreads();
#pragma unroll 1
      for (int j = 0; j < 4; j++) {
        int c = c8 + 8 * j, t = t0 + c;
        i64 row = ((i64)b * p.heads + h) * p.queries + t;
        float x = 0, w = 0;
        if (t < p.queries && s < p.keys) {
          float log = p.log[row];
          if (log == INFINITY) {
            w = p.mean ? 1.f / p.keys : 0.f;
          } else if (!hidden(p, b, h, t, s)) {
            float keep = kept(p, key, row * p.keys + s);
            w = weight(p.scale * dot(qs, c, ks, r, p.depth), log);
            x = p.scale * w * (dot(dys, c, vs, r, p.width) * keep - p.delta[row]);
            w *= keep;
          }
        }
        ds[c][r] = x, ws[c][r] = w;
      }
      __syncthreads();
#pragma unroll
      for (int j = 0; j < WIDEST / 8; j++) {
        int d = c8 + 8 * j;
        for (int c = 0; c < SIDE; c++) {
          if (d < p.depth) dk[j] = fmaf(ds[c][r], qs[c][d], dk[j]);
          if (d < p.width) dv[j] = fmaf(ws[c][r], dys[c][d], dv[j]);
        }
      }
    }
  if (s >= p.keys) return;
  for (int j = 0; j < WIDEST / 8; j++) {
    int d = c8 + 8 * j;
    if (d < p.depth && p.dk) p.dk[((i64)b * p.keys + s) * ld + g * p.depth + d] = dk[j];
    if (d < p.width && p.dv) p.dv[((i64)b * p.keys + s) * ldv + g * p.width + d] = dv[j];
  }
}
