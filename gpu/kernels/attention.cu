// What attention does between its products of matrices: rows of scores become weights, and gradients of weights those of scores.
#include "attention.h"

// scores is [batch, heads, queries, keys]. Of the forward pass they become the weights of the values; of the gradient they become those too,
// and grad, which has the gradients of the weights, gets those of the scores.
struct Attention {
  float *scores, *grad, *log;  // log: of each row's sum of exponentials, +Inf where there is no key
  const Key *key;
  Mask mask[MASKS];
  u64 limit;  // words below it keep their weight, where dropout is not 0
  int heads, queries, keys, causal, window, mean, masks, ints, dropout;  // ints: a bit for each mask of integers
  float factor, scale;
};

// A block of whole warps for each query of each head.
extern "C" __global__ void attention_weights(Attention p) {
  __shared__ float shared[WARP];
  i64 row = blockIdx.x;
  int t = row % p.queries, h = row / p.queries % p.heads, b = row / p.queries / p.heads;
  float *x = p.scores + row * p.keys;
  float top = -INFINITY, sum = 0;
  for (int s = threadIdx.x; s < p.keys; s += blockDim.x)
    if (!hidden(p, b, h, t, s)) top = fmaxf(top, x[s]);
  top = block_max(top, shared);
  bool none = top == -INFINITY;
  for (int s = threadIdx.x; s < p.keys; s += blockDim.x)
    if (!none && !hidden(p, b, h, t, s)) sum += expf(x[s] - top);
  sum = block_sum(sum, shared);
  if (threadIdx.x == 0 && p.log) p.log[row] = none ? INFINITY : top + logf(sum);
  Key key{};
  if (p.dropout) key = *p.key;
  for (int s = threadIdx.x; s < p.keys; s += blockDim.x) {
    if (none)
      x[s] = p.mean ? 1.f / p.keys : 0.f;
    else
      x[s] = hidden(p, b, h, t, s) ? 0.f : expf(x[s] - top) / sum * kept(p, key, row * p.keys + s);
  }
}

// A thread goes over the same keys in both turns, so what it wrote in the first is its own.
extern "C" __global__ void attention_weights_grad(Attention p) {
  __shared__ float shared[WARP];
  i64 row = blockIdx.x;
  int t = row % p.queries, h = row / p.queries % p.heads, b = row / p.queries / p.heads;
  float *x = p.scores + row * p.keys, *d = p.grad + row * p.keys, top = -INFINITY, sum = 0, through = 0;
  bool none = p.log[row] == INFINITY;
  Key key{};
  if (p.dropout) key = *p.key;
  // The weights are made again from the largest score and their sum, not from the logarithm of it: that they add up to 1 to the last bit but
  // few is what the difference below wants.
  for (int s = threadIdx.x; s < p.keys; s += blockDim.x)
    if (!hidden(p, b, h, t, s)) top = fmaxf(top, x[s]);
  top = block_max(top, shared);
  for (int s = threadIdx.x; s < p.keys; s += blockDim.x)
    if (!none && !hidden(p, b, h, t, s)) sum += expf(x[s] - top);
  sum = block_sum(sum, shared);
  for (int s = threadIdx.x; s < p.keys; s += blockDim.x) {
    float w = none || hidden(p, b, h, t, s) ? 0.f : expf(x[s] - top) / sum;
    d[s] *= kept(p, key, row * p.keys + s);
    through += w * d[s];
    x[s] = w;
  }
  through = block_sum(through, shared);
  for (int s = threadIdx.x; s < p.keys; s += blockDim.x) {
    float w = x[s];
    d[s] = p.scale * w * (d[s] - through);
    x[s] = none ? (p.mean ? 1.f / p.keys : 0.f) : w * kept(p, key, row * p.keys + s);
  }
}

// Additive attention: scores [batch, t, s] of queries and keys [.., depth] are sums of w[i] tanh(q + k); w has weights numbers: depth, 1 or 0 for ones.
struct Additive {
  const float *q, *k, *w, *ds;
  float *out;
  int batch, t, s, depth, weights, unused;
};

__device__ __forceinline__ float weight(const Additive &p, int i) { return !p.weights ? 1.f : p.weights == 1 ? *p.w : p.w[i]; }

extern "C" __global__ void additive_scores(Additive p) {
  EACH(e, (i64)p.batch * p.t * p.s) {
    const float *q = p.q + e / p.s * p.depth, *k = p.k + (e / p.s / p.t * p.s + e % p.s) * p.depth;
    float sum = 0;
    for (int i = 0; i < p.depth; i++) sum = fmaf(weight(p, i), tanhf(q[i] + k[i]), sum);
    p.out[e] = sum;
  }
}

extern "C" __global__ void additive_query_grad(Additive p) {
  EACH(e, (i64)p.batch * p.t * p.depth) {
    int i = e % p.depth;
    const float *ds = p.ds + e / p.depth * p.s, *k = p.k + e / p.depth / p.t * p.s * p.depth + i;
    float sum = 0;
    for (int s = 0; s < p.s; s++) {
      float v = tanhf(p.q[e] + k[(i64)s * p.depth]);
      sum = fmaf(ds[s], 1.f - v * v, sum);
    }
    p.out[e] = sum * weight(p, i);
  }
}

extern "C" __global__ void additive_key_grad(Additive p) {
  EACH(e, (i64)p.batch * p.s * p.depth) {
    int i = e % p.depth, s = e / p.depth % p.s;
    i64 b = e / p.depth / p.s;
    float sum = 0;
    for (int t = 0; t < p.t; t++) {
      float v = tanhf(p.q[(b * p.t + t) * p.depth + i] + p.k[e]);
      sum = fmaf(p.ds[(b * p.t + t) * p.s + s], 1.f - v * v, sum);
    }
    p.out[e] = sum * weight(p, i);
  }
}

// The gradients of the weights by query, [batch · t, depth], which are then added up.
extern "C" __global__ void additive_weight_grad(Additive p) {
  EACH(e, (i64)p.batch * p.t * p.depth) {
    const float *ds = p.ds + e / p.depth * p.s, *k = p.k + e / p.depth / p.t * p.s * p.depth + e % p.depth;
    float sum = 0;
    for (int s = 0; s < p.s; s++) sum = fmaf(ds[s], tanhf(p.q[e] + k[(i64)s * p.depth]), sum);
    p.out[e] = sum;
  }
}
