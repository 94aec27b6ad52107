// What attention does between its products of matrices: rows of scores become weights, and gradients of weights those of scores.
#include "device.h"

#define MASKS 4
struct Mask {
  const void *at;
  i64 stride[4];  // of batch, head, query, key; 0 along an axis that it does not have
};

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

__device__ __forceinline__ bool hidden(const Attention &p, int b, int h, int t, int s) {
  if (p.causal && s > t) return true;
  if (p.window > 0 && (t - s >= p.window || s - t >= p.window)) return true;
  for (int m = 0; m < p.masks; m++) {
    const Mask &k = p.mask[m];
    i64 at = b * k.stride[0] + h * k.stride[1] + t * k.stride[2] + s * k.stride[3];
    if (p.ints >> m & 1 ? ((const int *)k.at)[at] == 0 : ((const float *)k.at)[at] == 0) return true;
  }
  return false;
}

__device__ __forceinline__ float kept(const Attention &p, const Key &key, i64 number) {
  if (!p.dropout) return 1.f;
  u32 words[4];
  philox(key, number / 4, words);
  return words[number % 4] < p.limit ? p.factor : 0.f;
}

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
