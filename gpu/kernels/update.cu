// What the optimizers do to weights and slots, to many tensors in one launch. The formulas are those of builder/op.
#include "device.h"

enum { SGD, MOMENTUM, NESTEROV, ADAM, AMSGRAD, RMSPROP, ADAGRAD, ADADELTA, ADAMAX, NADAM, LION, FTRL, AVERAGE, NON_NEG, ADD_UP, CLEAR };

struct Tensor {
  float *w;
  const float *g;
  float *slot[3];
  i64 n;
};

struct Chunk {
  int tensor, number;  // number: which run of CHUNK elements of the tensor
};

#define CHUNK 4096

struct Update {
  const Tensor *tensors;
  const Chunk *chunks;
  const float *hyper;
  const Fault *faults;
  int fn, centered, at;
  float a, b, c, d;
};

__device__ __forceinline__ float of_max(float a, float b) { return a != a ? a : b != b ? b : fmaxf(a, b); }
__device__ __forceinline__ float power(float x, float p) { return p == 0.5f ? sqrtf(x) : powf(x, p); }

// A block for each chunk.
extern "C" __global__ void update(Update p) {
  if (faulty(p.faults)) return;
  Chunk chunk = p.chunks[blockIdx.x];
  Tensor t = p.tensors[chunk.tensor];
  float decay = 0, h0 = 0, h1 = 0, h2 = 0;
  if (p.fn < AVERAGE) {
    decay = p.hyper[0], h0 = p.hyper[1];
    if (p.fn == ADAMAX || p.fn == FTRL || p.fn == NADAM) h1 = p.hyper[2];
    if (p.fn == NADAM) h2 = p.hyper[3];
  } else if (p.fn == AVERAGE) {
    h0 = p.hyper[p.at], h1 = p.hyper[p.at + 1];
  }
  i64 first = (i64)chunk.number * CHUNK, end = first + CHUNK < t.n ? first + CHUNK : t.n;
  for (i64 i = first + threadIdx.x; i < end; i += blockDim.x) {
    float w = t.w[i], g = t.g ? t.g[i] : 0.f;
    if (decay != 0) w -= w * decay;
    switch (p.fn) {
      case SGD: w -= h0 * g; break;
      case MOMENTUM: {
        float m = t.slot[0][i] = p.a * t.slot[0][i] - h0 * g;
        w += m;
        break;
      }
      case NESTEROV: {
        float step = h0 * g, m = t.slot[0][i] = p.a * t.slot[0][i] - step;
        w += p.a * m - step;
        break;
      }
      case ADAM:
      case AMSGRAD: {
        float m = t.slot[0][i], v = t.slot[1][i];
        m += (g - m) * p.a;
        v += (g * g - v) * p.b;
        t.slot[0][i] = m, t.slot[1][i] = v;
        if (p.fn == AMSGRAD) v = t.slot[2][i] = of_max(t.slot[2][i], v);
        w -= m * h0 / (sqrtf(v) + p.c);
        break;
      }
      case RMSPROP: {  // slots v, then m where b > 0, then a where centered
        int k = 1;
        float v = t.slot[0][i] = p.a * t.slot[0][i] + p.d * (g * g), m = 0;
        float *momentum = p.b > 0 ? t.slot[k++] : nullptr;
        if (p.centered) {
          float mean = t.slot[k][i] = p.a * t.slot[k][i] + p.d * g;
          v -= mean * mean;
        }
        float step = h0 * g / sqrtf(v + p.c);
        if (momentum) step = m = momentum[i] = p.b * momentum[i] + step;
        w -= step;
        break;
      }
      case ADAGRAD: {
        float n = t.slot[0][i] += g * g;
        w -= h0 * g / sqrtf(n + p.c);
        break;
      }
      case ADADELTA: {
        float n = t.slot[0][i] = p.a * t.slot[0][i] + p.d * (g * g), d = t.slot[1][i];
        float step = -(sqrtf(d + p.c) * g) / sqrtf(n + p.c);
        t.slot[1][i] = p.a * d + p.d * (step * step);
        w += h0 * step;
        break;
      }
      case ADAMAX: {
        float m = t.slot[0][i] += (g - t.slot[0][i]) * p.a;
        float u = t.slot[1][i] = of_max(p.b * t.slot[1][i], fabsf(g));
        w -= h0 * m / (h1 * (u + p.c));
        break;
      }
      case NADAM: {
        float m = t.slot[0][i] += (g - t.slot[0][i]) * p.a;
        float v = t.slot[1][i] += (g * g - t.slot[1][i]) * p.b;
        w -= (h0 * m + h1 * g) / (sqrtf(v * h2) + p.c);
        break;
      }
      case LION: {
        float m = t.slot[0][i], way = m * p.a + g * (1.f - p.a);
        w -= h0 * (way > 0 ? 1.f : way < 0 ? -1.f : way);
        t.slot[0][i] = m * p.b + g * (1.f - p.b);
        break;
      }
      case FTRL: {  // a: power, b: l1, c: twice the shrinkage
        float n = t.slot[0][i], sum = n + g * g, q = power(sum, p.a), z = t.slot[1][i];
        z += g + p.c * w - (q - power(n, p.a)) / h0 * w;
        t.slot[0][i] = sum, t.slot[1][i] = z;
        w = (fminf(fmaxf(z, -p.b), p.b) - z) / (q / h0 + 2.f * h1);
        break;
      }
      case AVERAGE: {
        float mean = t.slot[0][i] = h0 * t.slot[0][i] + (1.f - h0) * w;
        if (h1 != 0) w = mean;
        break;
      }
      case NON_NEG: w = of_max(w, 0.f); break;
      case ADD_UP: w += g; break;
      case CLEAR: w = 0.f; break;
    }
    t.w[i] = w;
  }
}
