// One step of a recurrent cell, forward and backward, for all examples; the products with the kernels are gemm.cu's. What is kept for the
// gradient is that of builder/op/recurrent.go.
#include "device.h"

enum { NONE, TANH, SIGMOID, RELU, HARD_SIGMOID };

__device__ __forceinline__ float curve(float x, int fn) {
  switch (fn) {
    case TANH: return tanhf(x);
    case SIGMOID: {
      float e = expf(-fabsf(x));
      return (x >= 0 ? 1.f : e) / (1.f + e);
    }
    case RELU: return x > 0 || x != x ? x : 0.f;
    case HARD_SIGMOID: return x != x ? x : fminf(fmaxf(x + 3.f, 0.f), 6.f) / 6.f;
  }
  return x;
}

// curve_slope is the derivative, from the value.
__device__ __forceinline__ float curve_slope(float y, int fn) {
  switch (fn) {
    case TANH: return 1.f - y * y;
    case SIGMOID: return y * (1.f - y);
    case RELU: return y > 0 ? 1.f : 0.f;
    case HARD_SIGMOID: return y > 0 && y < 1 ? 1.f / 6.f : 0.f;
  }
  return 1.f;
}

// Cell: a is the projection of x [batch, time, gates·units]; ab that of the state [batch, gates·units], both without what bias adds to the
// latter. h, c and last (the output of the step before) are [batch, units] and change in place; gates, states and more are kept
// for [batch, time]; y is the output of this step and of those that end a sequence, y_stride apart from example to example.
struct Cell {
  const float *a, *ab, *bias, *mask;
  float *h, *c, *last, *gates, *states, *cells, *more;
  float *y;  // of this step, or null
  i64 y_stride;
  int batch, time, units, at, curve, gate, zero_masked;
};

extern "C" __global__ void lstm_step(Cell p) {
  EACH(i, (i64)p.batch * p.units) {
    i64 b = i / p.units, u = i % p.units, row = b * p.time + p.at;
    bool counts = !p.mask || p.mask[row] != 0;
    float h = p.h[i], c = p.c[i], g[4];
    if (p.states) p.states[row * p.units + u] = h;
    if (p.cells) p.cells[row * p.units + u] = c;
    for (int k = 0; k < 4; k++) {
      float z = p.a[(row * 4 + k) * p.units + u] + p.ab[(b * 4 + k) * p.units + u];
      g[k] = counts ? curve(z, k == 2 ? p.curve : p.gate) : 0.f;
      if (p.gates) p.gates[(row * 4 + k) * p.units + u] = g[k];
    }
    float out = p.zero_masked ? 0.f : p.last[i];
    if (counts) {
      c = g[1] * c + g[0] * g[2];
      out = h = g[3] * curve(c, p.curve);
      p.h[i] = h, p.c[i] = c;
    }
    p.last[i] = out;
    if (p.y) p.y[b * p.y_stride + u] = out;
  }
}

// The gated recurrent unit whose reset comes after the product.
extern "C" __global__ void gru_step(Cell p) {
  EACH(i, (i64)p.batch * p.units) {
    i64 b = i / p.units, u = i % p.units, row = b * p.time + p.at;
    bool counts = !p.mask || p.mask[row] != 0;
    float h = p.h[i], ab[3], g[3];
    if (p.states) p.states[row * p.units + u] = h;
    for (int k = 0; k < 3; k++) {
      ab[k] = p.ab[(b * 3 + k) * p.units + u];
      if (p.bias) ab[k] += p.bias[k * p.units + u];
    }
    for (int k = 0; k < 3; k++) {
      float a = p.a[(row * 3 + k) * p.units + u];
      g[k] = !counts ? 0.f : k < 2 ? curve(a + ab[k], p.gate) : curve(a + g[1] * ab[2], p.curve);
      if (p.gates) p.gates[(row * 3 + k) * p.units + u] = g[k];
    }
    if (p.more) p.more[row * p.units + u] = counts ? ab[2] : 0.f;
    float out = p.zero_masked ? 0.f : p.last[i];
    if (counts) {
      out = h = g[0] * h + (1.f - g[0]) * g[2];
      p.h[i] = h;
    }
    p.last[i] = out;
    if (p.y) p.y[b * p.y_stride + u] = out;
  }
}

// CellGrad: back is what came through the product with the recurrent kernel, pass what went by it; both make up the gradient of the state
// after the step. da and dab are the gradients of the two projections [batch, time, gates·units]; row_dab that of this step alone.
struct CellGrad {
  const float *gates, *states, *cells, *more, *mask, *back, *dy;  // dy of this step, or null
  float *pass, *dc, *last, *da, *dab, *row_dab;
  i64 y_stride;
  int batch, time, units, at, curve, gate, zero_masked;
};

extern "C" __global__ void lstm_step_grad(CellGrad p) {
  EACH(i, (i64)p.batch * p.units) {
    i64 b = i / p.units, u = i % p.units, row = b * p.time + p.at;
    bool counts = !p.mask || p.mask[row] != 0;
    float dh = p.back[i] + p.pass[i], d = p.last[i], dz[4] = {0, 0, 0, 0};
    if (p.dy) d += p.dy[b * p.y_stride + u];
    if (counts) {
      const float *g = p.gates + row * 4 * p.units + u;
      float in = g[0], forget = g[p.units], a = g[2 * p.units], o = g[3 * p.units], before = p.cells[row * p.units + u];
      float t = curve(forget * before + in * a, p.curve);
      dh += d;
      float dc = p.dc[i] + dh * o * curve_slope(t, p.curve);
      dz[0] = dc * a * curve_slope(in, p.gate);
      dz[1] = dc * before * curve_slope(forget, p.gate);
      dz[2] = dc * in * curve_slope(a, p.curve);
      dz[3] = dh * t * curve_slope(o, p.gate);
      p.dc[i] = dc * forget;
      p.pass[i] = 0.f, p.last[i] = 0.f;
    } else {
      p.pass[i] = dh, p.last[i] = p.zero_masked ? 0.f : d;
    }
    for (int k = 0; k < 4; k++) {
      p.da[(row * 4 + k) * p.units + u] = dz[k];
      p.row_dab[(b * 4 + k) * p.units + u] = dz[k];
    }
  }
}

extern "C" __global__ void gru_step_grad(CellGrad p) {
  EACH(i, (i64)p.batch * p.units) {
    i64 b = i / p.units, u = i % p.units, row = b * p.time + p.at;
    bool counts = !p.mask || p.mask[row] != 0;
    float dh = p.back[i] + p.pass[i], d = p.last[i], da[3] = {0, 0, 0}, after = 0;
    if (p.dy) d += p.dy[b * p.y_stride + u];
    if (counts) {
      const float *g = p.gates + row * 3 * p.units + u;
      float z = g[0], r = g[p.units], c = g[2 * p.units], before = p.states[row * p.units + u];
      dh += d;
      da[0] = dh * (before - c) * curve_slope(z, p.gate);
      da[2] = dh * (1.f - z) * curve_slope(c, p.curve);
      da[1] = da[2] * p.more[row * p.units + u] * curve_slope(r, p.gate);
      after = da[2] * r;
      p.pass[i] = dh * z, p.last[i] = 0.f;
    } else {
      p.pass[i] = dh, p.last[i] = p.zero_masked ? 0.f : d;
    }
    for (int k = 0; k < 3; k++) {
      float v = k < 2 ? da[k] : after;
      p.da[(row * 3 + k) * p.units + u] = da[k];
      p.dab[(row * 3 + k) * p.units + u] = v;
      p.row_dab[(b * 3 + k) * p.units + u] = v;
    }
  }
}
