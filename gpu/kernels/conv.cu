// Convolutions over [batch, height, width, channels] as products of matrices that are never written out: a row is an output position, k runs
// over the window's cells and the channels below them. Those of groups with few filters have kernels with a thread for each result.
#include "gemm.h"

struct Conv {
  const float *x, *w, *bias, *dy;
  float *out;  // y, dx, or the parts of dw
  int batch, height, width, channels;
  int rows, columns, filters;  // of the output
  int size[2], stride[2], dilation[2], before[2];
  int groups;
  int parts, k_part;  // of dw
  int relu;
};

// Cell is where a window's cell lies in the input.
__device__ __forceinline__ bool cell(const Conv &p, int row, int column, int r, int s, int *h, int *w) {
  *h = row * p.stride[0] - p.before[0] + r * p.dilation[0];
  *w = column * p.stride[1] - p.before[1] + s * p.dilation[1];
  return *h >= 0 && *h < p.height && *w >= 0 && *w < p.width;
}

// origin is the output row or column whose window has an input's cell at r, or -1.
__device__ __forceinline__ int origin(int at, int before, int r, int dilation, int stride, int n) {
  int v = at + before - r * dilation;
  if (v < 0 || v % stride) return -1;
  v /= stride;
  return v < n ? v : -1;
}

#define CONV_TILE 64

template <int KIND>
__device__ __forceinline__ void conv_tile(const Conv &p) {
  int g = blockIdx.z, of = p.channels / p.groups, to = p.filters / p.groups;
  i64 positions = (i64)p.batch * p.rows * p.columns;
  const float *w = p.w + g * to;
  product_tile<KIND, true, true>(
      [&](i64 i, i64 k) {
        int c = k % of, rs = k / of, h, x;
        int column = i % p.columns, row = i / p.columns % p.rows, b = i / ((i64)p.columns * p.rows);
        if (!cell(p, row, column, rs / p.size[1], rs % p.size[1], &h, &x)) return 0.f;
        return p.x[(((i64)b * p.height + h) * p.width + x) * p.channels + g * of + c];
      },
      [&](i64 k, i64 j) { return w[k * p.filters + j]; },
      [&](i64 i, i64 j, float v) {
        if (p.bias) v += p.bias[g * to + j];
        if (p.relu) v = v > 0 || v != v ? v : 0.f;
        p.out[i * p.filters + g * to + j] = v;
      },
      (int)positions, to, (i64)blockIdx.y * CONV_TILE, (i64)blockIdx.x * CONV_TILE, 0, (i64)p.size[0] * p.size[1] * of);
}

template <int KIND>
__device__ __forceinline__ void conv_dx_tile(const Conv &p) {
  int g = blockIdx.z, of = p.channels / p.groups, to = p.filters / p.groups;
  i64 positions = (i64)p.batch * p.height * p.width;
  product_tile<KIND, true, false>(
      [&](i64 i, i64 k) {
        int f = k % to, rs = k / to;
        int x = i % p.width, h = i / p.width % p.height, b = i / ((i64)p.width * p.height);
        int row = origin(h, p.before[0], rs / p.size[1], p.dilation[0], p.stride[0], p.rows);
        int column = origin(x, p.before[1], rs % p.size[1], p.dilation[1], p.stride[1], p.columns);
        if (row < 0 || column < 0) return 0.f;
        return p.dy[(((i64)b * p.rows + row) * p.columns + column) * p.filters + g * to + f];
      },
      [&](i64 k, i64 j) {
        int f = k % to, rs = k / to;
        return p.w[((i64)rs * of + j) * p.filters + g * to + f];
      },
      [&](i64 i, i64 j, float v) { p.out[i * p.channels + g * of + j] = v; },
      (int)positions, of, (i64)blockIdx.y * CONV_TILE, (i64)blockIdx.x * CONV_TILE, 0, (i64)p.size[0] * p.size[1] * to);
}

// Part by part of the positions; blockIdx.z is the group and the part.
template <int KIND>
__device__ __forceinline__ void conv_dw_tile(const Conv &p) {
  int g = blockIdx.z / p.parts, part = blockIdx.z % p.parts, of = p.channels / p.groups, to = p.filters / p.groups;
  i64 positions = (i64)p.batch * p.rows * p.columns, k0 = (i64)part * p.k_part, k1 = k0 + p.k_part < positions ? k0 + p.k_part : positions;
  int m = p.size[0] * p.size[1] * of;
  float *out = p.out + (i64)part * m * p.filters;
  product_tile<KIND, false, true>(
      [&](i64 i, i64 k) {
        int c = i % of, rs = i / of, h, x;
        int column = k % p.columns, row = k / p.columns % p.rows, b = k / ((i64)p.columns * p.rows);
        if (!cell(p, row, column, rs / p.size[1], rs % p.size[1], &h, &x)) return 0.f;
        return p.x[(((i64)b * p.height + h) * p.width + x) * p.channels + g * of + c];
      },
      [&](i64 k, i64 j) { return p.dy[k * p.filters + g * to + j]; },
      [&](i64 i, i64 j, float v) { out[i * p.filters + g * to + j] = v; },
      m, to, (i64)blockIdx.y * CONV_TILE, (i64)blockIdx.x * CONV_TILE, k0, k1);
}

extern "C" __global__ void __launch_bounds__(256) conv(Conv p) { conv_tile<FLOAT32>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_dx(Conv p) { conv_dx_tile<FLOAT32>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_dw(Conv p) { conv_dw_tile<FLOAT32>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_tf32(Conv p) { conv_tile<TF32>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_dx_tf32(Conv p) { conv_dx_tile<TF32>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_dw_tf32(Conv p) { conv_dw_tile<TF32>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_bf16(Conv p) { conv_tile<BF16>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_dx_bf16(Conv p) { conv_dx_tile<BF16>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_dw_bf16(Conv p) { conv_dw_tile<BF16>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_f16(Conv p) { conv_tile<F16>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_dx_f16(Conv p) { conv_dx_tile<F16>(p); }
extern "C" __global__ void __launch_bounds__(256) conv_dw_f16(Conv p) { conv_dw_tile<F16>(p); }

extern "C" __global__ void conv_few(Conv p) {
  int of = p.channels / p.groups, to = p.filters / p.groups;
  EACH(i, (i64)p.batch * p.rows * p.columns * p.filters) {
    int f = i % p.filters, column = i / p.filters % p.columns, row = i / ((i64)p.filters * p.columns) % p.rows, b = i / ((i64)p.filters * p.columns * p.rows);
    int first = f / to * of;
    float v = 0;
    for (int r = 0; r < p.size[0]; r++)
      for (int s = 0; s < p.size[1]; s++) {
        int h, x;
        if (!cell(p, row, column, r, s, &h, &x)) continue;
        const float *in = p.x + (((i64)b * p.height + h) * p.width + x) * p.channels + first;
        const float *w = p.w + (i64)(r * p.size[1] + s) * of * p.filters + f;
        for (int c = 0; c < of; c++) v = fmaf(in[c], w[(i64)c * p.filters], v);
      }
    if (p.bias) v += p.bias[f];
    if (p.relu) v = v > 0 || v != v ? v : 0.f;
    p.out[i] = v;
  }
}

extern "C" __global__ void conv_few_dx(Conv p) {
  int of = p.channels / p.groups, to = p.filters / p.groups;
  EACH(i, (i64)p.batch * p.height * p.width * p.channels) {
    int c = i % p.channels, x = i / p.channels % p.width, h = i / ((i64)p.channels * p.width) % p.height, b = i / ((i64)p.channels * p.width * p.height);
    int first = c / of * to;
    float v = 0;
    for (int r = 0; r < p.size[0]; r++) {
      int row = origin(h, p.before[0], r, p.dilation[0], p.stride[0], p.rows);
      if (row < 0) continue;
      for (int s = 0; s < p.size[1]; s++) {
        int column = origin(x, p.before[1], s, p.dilation[1], p.stride[1], p.columns);
        if (column < 0) continue;
        const float *dy = p.dy + (((i64)b * p.rows + row) * p.columns + column) * p.filters + first;
        const float *w = p.w + ((i64)(r * p.size[1] + s) * of + c % of) * p.filters + first;
        for (int f = 0; f < to; f++) v = fmaf(dy[f], w[f], v);
      }
    }
    p.out[i] = v;
  }
}

// A block of 32 filters by 8 runs of positions for each row of weights; blockIdx.z is the part.
extern "C" __global__ void conv_few_dw(Conv p) {
  __shared__ float sums[8][32];
  int of = p.channels / p.groups, to = p.filters / p.groups;
  int lane = threadIdx.x % 32, run = threadIdx.x / 32, f = blockIdx.x * 32 + lane, rsc = blockIdx.y;
  int r = rsc / of / p.size[1], s = rsc / of % p.size[1], c = rsc % of;
  i64 positions = (i64)p.batch * p.rows * p.columns, k0 = (i64)blockIdx.z * p.k_part, k1 = k0 + p.k_part < positions ? k0 + p.k_part : positions;
  float v = 0;
  if (f < p.filters)
    for (i64 k = k0 + run; k < k1; k += 8) {
      int column = k % p.columns, row = k / p.columns % p.rows, b = k / ((i64)p.columns * p.rows), h, x;
      if (!cell(p, row, column, r, s, &h, &x)) continue;
      v = fmaf(p.x[(((i64)b * p.height + h) * p.width + x) * p.channels + f / to * of + c], p.dy[k * p.filters + f], v);
    }
  sums[run][lane] = v;
  __syncthreads();
  if (run == 0 && f < p.filters) {
    for (int k = 1; k < 8; k++) v += sums[k][lane];
    p.out[((i64)blockIdx.z * p.size[0] * p.size[1] * of + rsc) * p.filters + f] = v;
  }
}

// Pooling: the largest cell below the window, the first of equals, or the mean of those inside.
struct Pool {
  const float *x, *dy;
  float *y, *dx;
  int *where;  // index among the elements of the example
  int batch, height, width, channels, rows, columns;
  int size[2], stride[2], dilation[2], before[2];
};

extern "C" __global__ void max_pool(Pool p) {
  EACH(i, (i64)p.batch * p.rows * p.columns * p.channels) {
    int c = i % p.channels, column = i / p.channels % p.columns, row = i / ((i64)p.channels * p.columns) % p.rows;
    i64 b = i / ((i64)p.channels * p.columns * p.rows);
    const float *image = p.x + b * p.height * p.width * p.channels;
    float best = -INFINITY;
    int at = -1;
    for (int r = 0; r < p.size[0]; r++)
      for (int s = 0; s < p.size[1]; s++) {
        int h = row * p.stride[0] - p.before[0] + r * p.dilation[0], x = column * p.stride[1] - p.before[1] + s * p.dilation[1];
        if (h < 0 || h >= p.height || x < 0 || x >= p.width) continue;
        int e = (h * p.width + x) * p.channels + c;
        float v = image[e];
        if (at < 0 || v > best || (v != v && best == best)) best = v, at = e;
      }
    if (p.y) p.y[i] = best;
    if (p.where) p.where[i] = at;
  }
}

__device__ __forceinline__ int pool_origin(int at, int before, int r, int dilation, int stride, int n) {
  int v = at + before - r * dilation;
  if (v < 0 || v % stride) return -1;
  v /= stride;
  return v < n ? v : -1;
}

// Each input takes what its windows give it.
template <class F>
__device__ __forceinline__ void pool_back(const Pool &p, const F &share) {
  EACH(i, (i64)p.batch * p.height * p.width * p.channels) {
    int c = i % p.channels, x = i / p.channels % p.width, h = i / ((i64)p.channels * p.width) % p.height;
    i64 b = i / ((i64)p.channels * p.width * p.height);
    int e = (h * p.width + x) * p.channels + c;
    float v = 0;
    for (int r = p.size[0] - 1; r >= 0; r--) {
      int row = pool_origin(h, p.before[0], r, p.dilation[0], p.stride[0], p.rows);
      if (row < 0) continue;
      for (int s = p.size[1] - 1; s >= 0; s--) {
        int column = pool_origin(x, p.before[1], s, p.dilation[1], p.stride[1], p.columns);
        if (column >= 0) v += share(((b * p.rows + row) * p.columns + column) * p.channels + c, e, row, column);
      }
    }
    p.dx[i] = v;
  }
}

extern "C" __global__ void max_pool_grad(Pool p) {
  pool_back(p, [&](i64 at, int e, int, int) { return p.where[at] == e ? p.dy[at] : 0.f; });
}

// inside counts the cells of a window that are not padding, along one axis.
__device__ __forceinline__ int inside_window(int row, int size, int stride, int dilation, int before, int n) {
  int count = 0;
  for (int r = 0; r < size; r++) {
    int h = row * stride - before + r * dilation;
    count += h >= 0 && h < n;
  }
  return count;
}

extern "C" __global__ void avg_pool(Pool p) {
  EACH(i, (i64)p.batch * p.rows * p.columns * p.channels) {
    int c = i % p.channels, column = i / p.channels % p.columns, row = i / ((i64)p.channels * p.columns) % p.rows;
    i64 b = i / ((i64)p.channels * p.columns * p.rows);
    float v = 0;
    int count = 0;
    for (int r = 0; r < p.size[0]; r++)
      for (int s = 0; s < p.size[1]; s++) {
        int h = row * p.stride[0] - p.before[0] + r * p.dilation[0], x = column * p.stride[1] - p.before[1] + s * p.dilation[1];
        if (h < 0 || h >= p.height || x < 0 || x >= p.width) continue;
        v += p.x[((b * p.height + h) * p.width + x) * p.channels + c];
        count++;
      }
    p.y[i] = v / count;
  }
}

extern "C" __global__ void avg_pool_grad(Pool p) {
  pool_back(p, [&](i64 at, int, int row, int column) {
    int n = inside_window(row, p.size[0], p.stride[0], p.dilation[0], p.before[0], p.height) *
            inside_window(column, p.size[1], p.stride[1], p.dilation[1], p.before[1], p.width);
    return p.dy[at] / n;
  });
}
