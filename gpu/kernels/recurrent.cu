// One step of a recurrent cell, forward and backward, for all examples; the products with the kernels are gemm.cu's. What is kept for the
// gradient is that of builder/op/recurrent.go.
#include "device.h"

enum { NONE, TANH, SIGMOID, RELU, HARD_SIGMOID, RELU6, SELU, SOFTPLUS, SOFTSIGN, EXP, LOG_SIGMOID, HARD_TANH, LEAKY_RELU, ELU };

#define SELU_SCALE 1.0507009873554805f
#define SELU_ALPHA 1.6732632423543772f

struct Curve {
  int fn;
  float a;
};

__device__ __forceinline__ float softplus(float x) { return x != x ? x : fmaxf(x, 0.f) + log1pf(expf(-fabsf(x))); }

__device__ __forceinline__ float curve(float x, const Curve &c) {
  switch (c.fn) {
    case TANH: return tanhf(x);
    case SIGMOID: {
      float e = expf(-fabsf(x));
      return (x >= 0 ? 1.f : e) / (1.f + e);
    }
    case RELU: return x > 0 || x != x ? x : 0.f;
    case HARD_SIGMOID: return x != x ? x : fminf(fmaxf(x + 3.f, 0.f), 6.f) / 6.f;
    case RELU6: return x != x ? x : fminf(fmaxf(x, 0.f), 6.f);
    case SELU: return SELU_SCALE * (x > 0 ? x : SELU_ALPHA * expm1f(x));
    case SOFTPLUS: return softplus(x);
    case SOFTSIGN: return x / (1.f + fabsf(x));
    case EXP: return expf(x);
    case LOG_SIGMOID: return -softplus(-x);
    case HARD_TANH: return x != x ? x : fminf(fmaxf(x, -1.f), 1.f);
    case LEAKY_RELU: return x >= 0 ? x : c.a * x;
    case ELU: return x > 0 ? x : c.a * expm1f(x);
  }
  return x;
}

// curve_slope is the derivative, from the value.
__device__ __forceinline__ float curve_slope(float y, const Curve &c) {
  switch (c.fn) {
    case TANH: return 1.f - y * y;
    case SIGMOID: return y * (1.f - y);
    case RELU: return y > 0 ? 1.f : 0.f;
    case HARD_SIGMOID: return y > 0 && y < 1 ? 1.f / 6.f : 0.f;
    case RELU6: return y > 0 && y < 6 ? 1.f : 0.f;
    case SELU: return y > 0 ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA;
    case SOFTPLUS: return -expm1f(-y);
    case LOG_SIGMOID: return -expm1f(y);
    case SOFTSIGN: {
      float d = 1.f - fabsf(y);
      return d * d;
    }
    case EXP: return y;
    case HARD_TANH: return y > -1 && y < 1 ? 1.f : 0.f;
    case LEAKY_RELU: return y >= 0 ? 1.f : c.a;
    case ELU: return y > 0 ? 1.f : y + c.a;
  }
  return 1.f;
}

// Cell: a is the projection of x [batch, time, gates·units]; ab that of the state [batch, gates·units], both without what bias adds to the
// latter. h, c and last (the output of the step before) are [batch, units] and change in place; gates, states and more are kept
// for [batch, time]; y is the output of this step and of those that end a sequence, y_stride apart from example to example. Of a convolutional
// cell each example has so many pixels, else 1.
struct Cell {
  const float *a, *ab, *bias, *mask;
  float *h, *c, *last, *gates, *states, *cells, *more;
  float *y;  // of this step, or null
  i64 y_stride;
  int batch, time, units, at;
  Curve curve, gate;
  int zero_masked, pixels;
};

// Place is what an index of [batch, pixels, units] stands for.
struct Place {
  i64 b, u, row, mask, y;  // b: [batch, pixels]; row: [batch, time, pixels]; mask: [batch, time]; y: in a step's output
};

template <class P>
__device__ __forceinline__ Place place(const P &p, i64 i) {
  Place o;
  o.u = i % p.units, o.b = i / p.units;
  i64 e = o.b / p.pixels, pixel = o.b % p.pixels;
  o.mask = e * p.time + p.at, o.row = o.mask * p.pixels + pixel, o.y = e * p.y_stride + pixel * p.units + o.u;
  return o;
}

extern "C" __global__ void lstm_step(Cell p) {
  EACH(i, (i64)p.batch * p.pixels * p.units) {
    Place at = place(p, i);
    i64 b = at.b, u = at.u, row = at.row;
    bool counts = !p.mask || p.mask[at.mask] != 0;
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
    if (p.y) p.y[at.y] = out;
  }
}

// The gated recurrent unit whose reset comes after the product.
extern "C" __global__ void gru_step(Cell p) {
  EACH(i, (i64)p.batch * p.pixels * p.units) {
    Place at = place(p, i);
    i64 b = at.b, u = at.u, row = at.row;
    bool counts = !p.mask || p.mask[at.mask] != 0;
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
    if (p.y) p.y[at.y] = out;
  }
}

// A cell without gates: z = a + ab is the whole of it. What is kept as gates is the state after the step.
extern "C" __global__ void rnn_step(Cell p) {
  EACH(i, (i64)p.batch * p.pixels * p.units) {
    Place at = place(p, i);
    i64 row = at.row * p.units + at.u;
    bool counts = !p.mask || p.mask[at.mask] != 0;
    float h = p.h[i], v = counts ? curve(p.a[row] + p.ab[i], p.curve) : 0.f, out = p.zero_masked ? 0.f : p.last[i];
    if (p.states) p.states[row] = h;
    if (p.gates) p.gates[row] = v;
    if (counts) p.h[i] = out = v;
    p.last[i] = out;
    if (p.y) p.y[at.y] = out;
  }
}

// The gated recurrent unit whose reset comes before the product, in two halves: gates, which take the place of their sums in ab, and the state that
// goes into the candidate's product, `inner`; then the candidate. drop is the dropout of that state, or null.
struct Reset {
  const float *drop;
  float *inner;
};

struct GruReset {
  Cell c;
  Reset r;
};

extern "C" __global__ void gru_reset(GruReset q) {
  const Cell &p = q.c;
  EACH(i, (i64)p.batch * p.units) {
    Place at = place(p, i);
    float *ab = (float *)p.ab + at.b * 3 * p.units + at.u;
    const float *a = p.a + at.row * 3 * p.units + at.u;
    float z = curve(a[0] + ab[0], p.gate), r = curve(a[p.units] + ab[p.units], p.gate), h = p.h[i];
    ab[0] = z, ab[p.units] = r;
    if (q.r.drop) h *= q.r.drop[i];
    q.r.inner[i] = r * h;
  }
}

extern "C" __global__ void gru_finish(GruReset q) {
  const Cell &p = q.c;
  EACH(i, (i64)p.batch * p.units) {
    Place at = place(p, i);
    i64 row = at.row;
    bool counts = !p.mask || p.mask[at.mask] != 0;
    const float *ab = p.ab + at.b * 3 * p.units + at.u;
    float h = p.h[i], z = ab[0], r = ab[p.units], c = curve(p.a[(row * 3 + 2) * p.units + at.u] + ab[2 * p.units], p.curve);
    if (p.states) p.states[row * p.units + at.u] = h;
    if (p.gates) {
      float *g = p.gates + row * 3 * p.units + at.u;
      g[0] = counts ? z : 0.f, g[p.units] = counts ? r : 0.f, g[2 * p.units] = counts ? c : 0.f;
    }
    if (p.more) p.more[row * p.units + at.u] = counts ? q.r.inner[i] : 0.f;
    float out = p.zero_masked ? 0.f : p.last[i];
    if (counts) p.h[i] = out = h = z * h + (1.f - z) * c;
    p.last[i] = out;
    if (p.y) p.y[at.y] = out;
  }
}

// DropState is out[gate, row, u] = h[row, u] · drop[gate, example, u], a row being some steps of an example.
struct DropState {
  const float *h, *drop;
  float *out;
  i64 rows;
  int gates, per, batch, units;  // per: rows of an example
};

extern "C" __global__ void drop_state(DropState p) {
  EACH(i, p.gates * p.rows * p.units) {
    i64 u = i % p.units, row = i / p.units % p.rows, g = i / p.units / p.rows;
    p.out[i] = p.h[row * p.units + u] * p.drop[(g * p.batch + row / p.per) * p.units + u];
  }
}

// join_drops is the way back: out = sum over gates of h[gate] · drop[gate], all [batch, units].
extern "C" __global__ void join_drops(DropState p) {
  i64 n = (i64)p.batch * p.units;
  EACH(i, n) {
    float s = 0;
    for (int g = 0; g < p.gates; g++) s += p.h[g * n + i] * p.drop[g * n + i];
    p.out[i] = s;
  }
}

// CellGrad: back is what came through the product with the recurrent kernel, pass what went by it; both make up the gradient of the state
// after the step. da and dab are the gradients of the two projections [batch, time, gates·units]; row_dab that of this step alone.
struct CellGrad {
  const float *gates, *states, *cells, *more, *mask, *back, *dy;  // dy of this step, or null
  float *pass, *dc, *last, *da, *dab, *row_dab;
  i64 y_stride;
  int batch, time, units, at;
  Curve curve, gate;
  int zero_masked, pixels;
};

extern "C" __global__ void lstm_step_grad(CellGrad p) {
  EACH(i, (i64)p.batch * p.pixels * p.units) {
    Place at = place(p, i);
    i64 b = at.b, u = at.u, row = at.row;
    bool counts = !p.mask || p.mask[at.mask] != 0;
    float dh = p.back[i] + p.pass[i], d = p.last[i], dz[4] = {0, 0, 0, 0};
    if (p.dy) d += p.dy[at.y];
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
  EACH(i, (i64)p.batch * p.pixels * p.units) {
    Place at = place(p, i);
    i64 b = at.b, u = at.u, row = at.row;
    bool counts = !p.mask || p.mask[at.mask] != 0;
    float dh = p.back[i] + p.pass[i], d = p.last[i], da[3] = {0, 0, 0}, after = 0;
    if (p.dy) d += p.dy[at.y];
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

extern "C" __global__ void rnn_step_grad(CellGrad p) {
  EACH(i, (i64)p.batch * p.pixels * p.units) {
    Place at = place(p, i);
    i64 row = at.row * p.units + at.u;
    bool counts = !p.mask || p.mask[at.mask] != 0;
    float dh = p.back[i] + p.pass[i], d = p.last[i], dz = 0;
    if (p.dy) d += p.dy[at.y];
    if (counts) {
      dz = (dh + d) * curve_slope(p.gates[row], p.curve);
      p.pass[i] = 0.f, p.last[i] = 0.f;
    } else {
      p.pass[i] = dh, p.last[i] = p.zero_masked ? 0.f : d;
    }
    p.da[row] = dz;
    p.row_dab[i] = dz;
  }
}

// The reset before the product: first the gradients of z and of the candidate, whose product with the kernel is that of `inner`; then that of r.
struct GruResetGrad {
  CellGrad c;
  Reset r;
};

extern "C" __global__ void gru_candidate_grad(CellGrad p) {
  EACH(i, (i64)p.batch * p.units) {
    Place at = place(p, i);
    i64 b = at.b, u = at.u, row = at.row;
    bool counts = !p.mask || p.mask[at.mask] != 0;
    float dh = p.back[i] + p.pass[i], d = p.last[i], dz = 0, dc = 0;
    if (p.dy) d += p.dy[at.y];
    if (counts) {
      const float *g = p.gates + row * 3 * p.units + u;
      float z = g[0], c = g[2 * p.units];
      dh += d;
      dz = dh * (p.states[row * p.units + u] - c) * curve_slope(z, p.gate);
      dc = dh * (1.f - z) * curve_slope(c, p.curve);
      p.pass[i] = dh * z, p.last[i] = 0.f;
    } else {
      p.pass[i] = dh, p.last[i] = p.zero_masked ? 0.f : d;
    }
    float *da = p.da + row * 3 * p.units + u, *now = p.row_dab + b * 3 * p.units + u;
    da[0] = now[0] = dz, da[2 * p.units] = now[2 * p.units] = dc;
  }
}

extern "C" __global__ void gru_reset_grad(GruResetGrad q) {
  const CellGrad &p = q.c;
  EACH(i, (i64)p.batch * p.units) {
    Place at = place(p, i);
    bool counts = !p.mask || p.mask[at.mask] != 0;
    float dr = 0;
    if (counts) {
      float r = p.gates[(at.row * 3 + 1) * p.units + at.u], g = q.r.inner[i];
      if (q.r.drop) g *= q.r.drop[i];
      dr = g * p.states[at.row * p.units + at.u] * curve_slope(r, p.gate);
      p.pass[i] += g * r;
    }
    p.da[(at.row * 3 + 1) * p.units + at.u] = p.row_dab[(at.b * 3 + 1) * p.units + at.u] = dr;
  }
}

// Film: what the convolution of a convolutional cell reads of a state [batch, depth, area, filters]: for each group and plane of the window
// the filters of that plane, times the group's dropout. read is [batch, time, depth, area, channels], of which `at` is this step.
struct Film {
  const float *h, *drop;
  float *in, *read;
  i64 state;  // elements of a state
  int batch, time, at, depth, area, filters, groups, window;
};

extern "C" __global__ void film_look(Film p) {
  int channels = p.groups * p.window * p.filters;
  i64 per = (i64)p.depth * p.area * channels;
  EACH(i, p.batch * per) {
    i64 c = i % channels, pixel = i / channels % p.area, d = i / channels / p.area % p.depth, e = i / per;
    i64 k = c % p.filters, q = c / p.filters % p.window, g = c / p.filters / p.window, from = d + q - (p.window - 1) / 2;
    float v = 0;
    if (from >= 0 && from < p.depth) {
      i64 at = ((e * p.depth + from) * p.area + pixel) * p.filters + k;
      v = p.h[at];
      if (p.drop) v *= p.drop[g * p.state + at];
    }
    p.in[i] = v;
    if (p.read) p.read[(e * p.time + p.at) * per + i % per] = v;
  }
}

// film_back adds up what came back to each element of the state: in is the gradient of what was read, read that of the state.
extern "C" __global__ void film_back(Film p) {
  int channels = p.groups * p.window * p.filters;
  EACH(i, p.state) {
    i64 k = i % p.filters, pixel = i / p.filters % p.area, d = i / p.filters / p.area % p.depth, e = i / p.filters / p.area / p.depth;
    float s = 0;
    for (int g = 0; g < p.groups; g++)
      for (int q = 0; q < p.window; q++) {
        i64 from = d - (q - (p.window - 1) / 2);  // the plane whose window has this one as cell q
        if (from < 0 || from >= p.depth) continue;
        float v = p.in[((e * p.depth + from) * p.area + pixel) * channels + (g * p.window + q) * p.filters + k];
        s += p.drop ? v * p.drop[g * p.state + i] : v;
      }
    p.read[i] = s;
  }
}
