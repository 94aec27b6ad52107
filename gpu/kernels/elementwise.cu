// Operations that go element by element: functions of one value, of two that are stretched to one shape, and copies.
#include "stretch.h"

// The numbers of the functions are those of gpu/elementwise.go, in the order of its list.
enum {
  NEG, ABS, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIGN, AFFINE, CLIP, POW, SIN, COS, TAN, SINH, COSH, ARCSIN, ARCCOS,
  ARCTAN, ARCSINH, ARCCOSH, ARCTANH, CBRT, ERF, ERFINV, FLOOR, CEIL, ROUND, TRUNC, ISNAN, ISINF, ISFINITE, RELU, RELU6, LEAKY_RELU,
  BENT_RELU, ELU, SELU, CELU, GELU, GELU_TANH, SIGMOID, TANH, SOFTPLUS, SOFTSIGN, SILU, MISH, LOG_SIGMOID, HARD_SIGMOID, HARD_SILU,
  HARD_TANH, HARD_SHRINK, SOFT_SHRINK, TANH_SHRINK, THRESHOLD, SQUAREPLUS, SPARSE_PLUS, SPARSE_SIGMOID,
  SIGNBIT, I0
};

struct Unary {
  const float *x, *y, *dy;  // of the value only x
  float *out;
  i64 n;
  int fn;
  float a, b, c;
};

#define SELU_SCALE 1.0507009873554805f
#define SELU_ALPHA 1.6732632423543772f

__device__ __forceinline__ float nan_max(float a, float b) { return a != a ? a : b != b ? b : fmaxf(a, b); }
__device__ __forceinline__ float nan_min(float a, float b) { return a != a ? a : b != b ? b : fminf(a, b); }
__device__ __forceinline__ float clip(float x, float lo, float hi) { return nan_min(nan_max(x, lo), hi); }
__device__ __forceinline__ float inside(float x, float lo, float hi) {
  return x > lo && x < hi ? 1.f : x < lo || x > hi ? 0.f : x == lo || x == hi ? 0.5f : x;
}
__device__ __forceinline__ float sign(float x) { return x > 0 ? 1.f : x < 0 ? -1.f : x; }
__device__ __forceinline__ float sigmoid(float x) {
  float e = expf(-fabsf(x));
  return (x >= 0 ? 1.f : e) / (1.f + e);
}
__device__ __forceinline__ float softplus(float x) { return x != x ? x : fmaxf(x, 0.f) + log1pf(expf(-fabsf(x))); }
__device__ __forceinline__ float elu(float x, float a) { return x > 0 ? x : a * expm1f(nan_min(x, 0.f)); }
__device__ __forceinline__ float normal_cdf(float x) { return 0.5f * erfcf(-x * 0.70710678118654752f); }
__device__ __forceinline__ float gelu_arg(float x) { return 0.79788456080286536f * (x + 0.044715f * x * x * x); }
__device__ __forceinline__ float relu6_slope(float x) { return x > 0 && x < 6 ? 1.f : 0.f; }

__device__ __forceinline__ float bent_relu(float x, const Unary &u) {
  float y = u.c != 0 ? (x > u.c ? x : 0.f) : nan_max(x, 0.f);
  if (u.b < INFINITY) y = clip(y, 0.f, u.b);
  return y - u.a * nan_max(u.c - x, 0.f);
}

__device__ __forceinline__ float bent_relu_slope(float x, const Unary &u) {
  float s = x > u.c ? 1.f : 0.f;
  if (u.b < INFINITY) {
    if (u.c == 0 && u.b == 6.f)
      s = relu6_slope(x);
    else if (s != 0)
      s = inside(x, 0.f, u.b);
  }
  return s + (x < u.c ? u.a : 0.f);
}

// bessel is the modified Bessel function of the first kind, of order 0 or 1, as internal/cpu/special.go.
__device__ double bessel(int order, double x) {
  double z = fabs(x), sign = order == 1 && x < 0 ? -1. : 1.;
  if (z > 30) {
    double mu = 4 * order * order, sum = 1, term = 1;
    for (int k = 1; k < 60; k++) {
      double odd = 2 * k - 1;
      term *= -(mu - odd * odd) / (8 * k * z);
      sum += term;
      if (fabs(term) < 1e-17 * fabs(sum)) break;
    }
    double half = exp(z / 2);
    return sign * half * (sum / sqrt(6.283185307179586 * z)) * half;
  }
  double q = z * z / 4, term = order == 1 ? z / 2 : 1., sum = term;
  for (int k = 1; k < 200; k++) {
    term *= q / (k * (k + order));
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  return sign * sum;
}

__device__ float value(float x, const Unary &u) {
  switch (u.fn) {
    case NEG: return -x;
    case ABS: return fabsf(x);
    case SQUARE: return x * x;
    case SQRT: return sqrtf(x);
    case RSQRT: return 1.f / sqrtf(x);
    case RECIPROCAL: return 1.f / x;
    case EXP: return expf(x);
    case EXPM1: return expm1f(x);
    case LOG: return logf(x);
    case LOG1P: return log1pf(x);
    case SIGN: return sign(x);
    case AFFINE: return u.a * x + u.b;
    case CLIP: return clip(x, u.a, u.b);
    case POW: return powf(x, u.a);
    case SIN: return sinf(x);
    case COS: return cosf(x);
    case TAN: return tanf(x);
    case SINH: return sinhf(x);
    case COSH: return coshf(x);
    case ARCSIN: return asinf(x);
    case ARCCOS: return acosf(x);
    case ARCTAN: return atanf(x);
    case ARCSINH: return asinhf(x);
    case ARCCOSH: return acoshf(x);
    case ARCTANH: return atanhf(x);
    case CBRT: return cbrtf(x);
    case ERF: return erff(x);
    case ERFINV: return erfinvf(x);
    case FLOOR: return floorf(x);
    case CEIL: return ceilf(x);
    case ROUND: return rintf(x);
    case TRUNC: return truncf(x);
    case ISNAN: return x != x ? 1.f : 0.f;
    case ISINF: return fabsf(x) == INFINITY ? 1.f : 0.f;
    case ISFINITE: return x - x == 0 ? 1.f : 0.f;
    case RELU: return nan_max(x, 0.f);
    case RELU6: return clip(x, 0.f, 6.f);
    case LEAKY_RELU: return x >= 0 ? x : u.a * x;
    case BENT_RELU: return bent_relu(x, u);
    case ELU: return elu(x, u.a);
    case SELU: return SELU_SCALE * elu(x, SELU_ALPHA);
    case CELU: return nan_max(x, 0.f) + u.a * expm1f(nan_min(x, 0.f) / u.a);
    case GELU: return x * normal_cdf(x);
    case GELU_TANH: return 0.5f * x * (1.f + tanhf(gelu_arg(x)));
    case SIGMOID: return sigmoid(x);
    case TANH: return tanhf(x);
    case SOFTPLUS: return softplus(x);
    case SOFTSIGN: return x / (1.f + fabsf(x));
    case SILU: return x * sigmoid(x);
    case MISH: return x * tanhf(softplus(x));
    case LOG_SIGMOID: return -softplus(-x);
    case HARD_SIGMOID: return clip(x + 3.f, 0.f, 6.f) / 6.f;
    case HARD_SILU: return x * (clip(x + 3.f, 0.f, 6.f) / 6.f);
    case HARD_TANH: return clip(x, -1.f, 1.f);
    case HARD_SHRINK: return fabsf(x) > u.a ? x : 0.f;
    case SOFT_SHRINK: return x > u.a ? x - u.a : x < -u.a ? x + u.a : 0.f;
    case TANH_SHRINK: return x - tanhf(x);
    case THRESHOLD: return x > u.a ? x : u.b;
    case SQUAREPLUS: return (x + sqrtf(x * x + u.a)) / 2.f;
    case SPARSE_PLUS: return x <= -1.f ? 0.f : x >= 1.f ? x : (x + 1.f) * (x + 1.f) / 4.f;
    case SPARSE_SIGMOID: return 0.5f * clip(x + 1.f, 0.f, 2.f);
    case SIGNBIT: return __float_as_int(x) < 0 ? 1.f : 0.f;
    case I0: return (float)bessel(0, x);
  }
  return NAN;
}

__device__ float slope(float x, float y, const Unary &u) {
  switch (u.fn) {
    case NEG: return -1.f;
    case ABS: return sign(x);
    case SQUARE: return 2.f * x;
    case SQRT: return 0.5f / y;
    case RSQRT: return -0.5f * y * y * y;
    case RECIPROCAL: return -y * y;
    case EXP: return y;
    case EXPM1: return y + 1.f;
    case LOG: return 1.f / x;
    case LOG1P: return 1.f / (1.f + x);
    case AFFINE: return u.a;
    case CLIP: return inside(x, u.a, u.b);
    case POW: return u.a == 0 ? 0.f : u.a * powf(x, u.a - 1.f);
    case SIN: return cosf(x);
    case COS: return -sinf(x);
    case TAN: return 1.f + y * y;
    case SINH: return coshf(x);
    case COSH: return sinhf(x);
    case ARCSIN: return 1.f / sqrtf((1.f - x) * (1.f + x));
    case ARCCOS: return -1.f / sqrtf((1.f - x) * (1.f + x));
    case ARCTAN: return 1.f / (1.f + x * x);
    case ARCSINH: return 1.f / sqrtf(1.f + x * x);
    case ARCCOSH: return 1.f / sqrtf((x - 1.f) * (x + 1.f));
    case ARCTANH: return 1.f / ((1.f - x) * (1.f + x));
    case CBRT: return 1.f / (3.f * y * y);
    case ERF: return 1.1283791670955126f * expf(-x * x);
    case ERFINV: return expf(y * y) / 1.1283791670955126f;
    case RELU: return y > 0 ? 1.f : 0.f;
    case RELU6: return relu6_slope(x);
    case LEAKY_RELU: return x >= 0 ? 1.f : u.a;
    case BENT_RELU: return bent_relu_slope(x, u);
    case ELU: return x > 0 ? 1.f : y + u.a;
    case SELU: return x > 0 ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA;
    case CELU: return expf(nan_min(x, 0.f) / u.a);
    case GELU: return normal_cdf(x) + x * (0.39894228040143268f * expf(-0.5f * x * x));
    case GELU_TANH: {
      float t = tanhf(gelu_arg(x)), inner = 0.79788456080286536f * (1.f + 3.f * 0.044715f * x * x);
      return 0.5f * (1.f + t) + 0.5f * x * (1.f - t * t) * inner;
    }
    case SIGMOID: return y * (1.f - y);
    case TANH: return 1.f - y * y;
    case SOFTPLUS: return sigmoid(x);
    case SOFTSIGN: { float d = 1.f + fabsf(x); return 1.f / (d * d); }
    case SILU: { float s = sigmoid(x); return s * (1.f + x * (1.f - s)); }
    case MISH: { float t = tanhf(softplus(x)); return t + x * (1.f - t * t) * sigmoid(x); }
    case LOG_SIGMOID: return sigmoid(-x);
    case HARD_SIGMOID: return relu6_slope(x + 3.f) / 6.f;
    case HARD_SILU: return clip(x + 3.f, 0.f, 6.f) / 6.f + x * (relu6_slope(x + 3.f) / 6.f);
    case HARD_TANH: return x >= -1.f && x <= 1.f ? 1.f : 0.f;
    case HARD_SHRINK: return fabsf(x) > u.a ? 1.f : 0.f;
    case SOFT_SHRINK: return fabsf(x) > u.a ? 1.f : 0.f;
    case TANH_SHRINK: { float t = tanhf(x); return t * t; }
    case THRESHOLD: return x > u.a ? 1.f : 0.f;
    case SQUAREPLUS: return (1.f + x / sqrtf(x * x + u.a)) / 2.f;
    case SPARSE_PLUS: return x <= -1.f ? 0.f : x >= 1.f ? 1.f : (x + 1.f) / 2.f;
    case SPARSE_SIGMOID: return 0.5f * inside(x + 1.f, 0.f, 2.f);
    case I0: return (float)bessel(1, x);
  }
  return 0.f;  // sign, floor, ceil, round, trunc, isnan, isinf, isfinite
}

extern "C" __global__ void unary(Unary p) {
  EACH(i, p.n) p.out[i] = value(p.x[i], p);
}

extern "C" __global__ void unary_grad(Unary p) {
  EACH(i, p.n) p.out[i] = p.dy[i] * slope(p.x ? p.x[i] : 0.f, p.y ? p.y[i] : 0.f, p);
}

enum { ADD, SUB, MUL, DIV, MAX, MIN, POWER, MOD, FLOOR_DIVIDE, ARCTAN2, NEXT_AFTER, GAMMAINC, AND, OR, XOR, LEFT, RIGHT, GCD };

struct Binary {
  const void *a, *b;
  void *out;
  const float *dy;  // of the gradient
  float *db;        // of the gradient; out is da there
  i64 n;
  Stretch at;
  int fn, ints, same;  // same: both inputs have the result's shape
};

// log_gamma is by Stirling's series, after the recursion has made x large; digamma is its derivative.
__device__ double log_gamma(double x) {
  const double c[] = {1. / 156, -691. / 360360, 1. / 1188, -1. / 1680, 1. / 1260, -1. / 360, 1. / 12};
  double p = 1;
  for (; x < 12; x++) p *= x;
  double r = 1 / (x * x), s = 0;
  for (double v : c) s = s * r + v;
  return (x - 0.5) * log(x) - x + 0.91893853320467274178 + s / x - log(p);
}

__device__ double digamma(double x) {
  const double c[] = {-1. / 12, 691. / 32760, -1. / 132, 1. / 240, -1. / 252, 1. / 120, -1. / 12};
  double y = 0;
  for (; x < 12; x++) y -= 1 / x;
  double r = 1 / (x * x), s = 0;
  for (double v : c) s = s * r + v;
  return y + log(x) - 1 / (2 * x) + s * r;
}

// gammainc is the regularized lower incomplete gamma function by its power series, with its derivatives.
__device__ double gammainc(double a, double x, double *da, double *dx) {
  *da = *dx = 0;
  if (a != a || x != x || a < 0 || x < 0) return *da = *dx = NAN;
  if (x == 0 || a == INFINITY) return 0;
  if (a == 0 || x > 2 * a + 2000) return 1;
  double l = log(x), density = exp((a - 1) * l - x - log_gamma(a)), term = density * x / a, psi = digamma(a + 1), p = 0;
  for (int n = 1; n < 20000; n++) {
    p += term;
    *da += term * (l - psi);
    double z = a + n;
    psi += 1 / z;
    term *= x / z;
    if (z > x && term < 1e-18 * p) break;
  }
  *dx = density;
  return p < 1 ? p : 1;
}

__device__ float both(float a, float b, int fn) {
  switch (fn) {
    case ADD: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV: return a / b;
    case MAX: return nan_max(a, b);
    case MIN: return nan_min(a, b);
    case POWER: return powf(a, b);
    case MOD: {
      float r = fmodf(a, b);
      return r != 0 && (r < 0) != (b < 0) ? r + b : r;
    }
    case FLOOR_DIVIDE: return (float)floor((double)a / b);
    case ARCTAN2: return atan2f(a, b);
    case NEXT_AFTER: return nextafterf(a, b);
    case GAMMAINC: {
      double da, dx;
      return (float)gammainc(a, b, &da, &dx);
    }
  }
  return NAN;
}

__device__ int both_ints(int a, int b, int fn) {
  switch (fn) {
    case ADD: return (int)((u32)a + (u32)b);
    case SUB: return (int)((u32)a - (u32)b);
    case MUL: return (int)((u32)a * (u32)b);
    case MAX: return a > b ? a : b;
    case MIN: return a < b ? a : b;
    case MOD: {
      if (b == 0 || b == -1) return 0;
      int r = a % b;
      return r != 0 && (r < 0) != (b < 0) ? r + b : r;
    }
    case FLOOR_DIVIDE: {
      if (b == 0) return 0;
      if (b == -1) return (int)(0u - (u32)a);
      int q = a / b;
      return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
    }
    case AND: return a & b;
    case OR: return a | b;
    case XOR: return a ^ b;
    case LEFT: return (u32)b > 31 ? 0 : (int)((u32)a << b);
    case RIGHT: return (u32)b > 31 ? (a < 0 ? -1 : 0) : a >> b;
    case GCD: {
      u32 x = a < 0 ? 0u - (u32)a : (u32)a, y = b < 0 ? 0u - (u32)b : (u32)b;
      while (y) {
        u32 r = x % y;
        x = y, y = r;
      }
      return (int)x;
    }
  }
  return 0;
}

extern "C" __global__ void binary(Binary p) {
  EACH(i, p.n) {
    i64 at[2] = {i, i};
    if (!p.same) stretched<2>(p.at, i, at);
    if (p.ints)
      ((int *)p.out)[i] = both_ints(((const int *)p.a)[at[0]], ((const int *)p.b)[at[1]], p.fn);
    else
      ((float *)p.out)[i] = both(((const float *)p.a)[at[0]], ((const float *)p.b)[at[1]], p.fn);
  }
}

extern "C" __global__ void binary_grad(Binary p) {
  EACH(i, p.n) {
    i64 at[2] = {i, i};
    if (!p.same) stretched<2>(p.at, i, at);
    float a = ((const float *)p.a)[at[0]], b = ((const float *)p.b)[at[1]], d = p.dy[i], da = 0, db = 0;
    switch (p.fn) {
      case MAX: da = a > b ? d : a == b ? 0.5f * d : 0.f; db = b > a ? d : a == b ? 0.5f * d : 0.f; break;
      case MIN: da = a < b ? d : a == b ? 0.5f * d : 0.f; db = b < a ? d : a == b ? 0.5f * d : 0.f; break;
      case POWER:
        da = b == 0 ? 0.f : d * b * powf(a, b - 1.f);
        db = d * powf(a, b) * (a == 0 ? 0.f : logf(a));
        break;
      case MOD: da = d; db = -d * both(a, b, FLOOR_DIVIDE); break;
      case NEXT_AFTER: da = d; break;
      case GAMMAINC: {
        double ga, gx;
        gammainc(a, b, &ga, &gx);
        da = (float)(d * ga), db = (float)(d * gx);
        break;
      }
      case ARCTAN2: { float r = a * a + b * b; da = d * b / r; db = -d * a / r; break; }
    }
    if (p.out) ((float *)p.out)[i] = da;
    if (p.db) p.db[i] = db;
  }
}

// Move copies elements of 32 bits to where a result wants them: element i of out is that at stretched place i of x.
struct Move {
  const u32 *x;
  u32 *out;
  i64 n, first;  // first: where the place 0 lies in x
  Stretch at;
};

extern "C" __global__ void move(Move p) {
  EACH(i, p.n) {
    i64 at[1];
    stretched<1>(p.at, i, at);
    p.out[i] = p.x[p.first + at[0]];
  }
}

// scatter is move the other way: what lies at i of x goes to stretched place i of out.
extern "C" __global__ void scatter(Move p) {
  EACH(i, p.n) {
    i64 at[1];
    stretched<1>(p.at, i, at);
    p.out[p.first + at[0]] = p.x[i];
  }
}

struct Fill {
  u32 *out;
  i64 n;
  u32 bits;
};

extern "C" __global__ void fill(Fill p) {
  EACH(i, p.n) p.out[i] = p.bits;
}

struct Cast {
  const void *x;
  void *out;
  i64 n;
  int to_int;
};

extern "C" __global__ void cast(Cast p) {
  EACH(i, p.n) {
    if (!p.to_int) {
      ((float *)p.out)[i] = (float)((const int *)p.x)[i];
      continue;
    }
    float v = ((const float *)p.x)[i];  // what no int can hold becomes the nearest, a NaN 0
    ((int *)p.out)[i] = v != v ? 0 : v >= 2147483648.f ? 2147483647 : v <= -2147483648.f ? -2147483647 - 1 : (int)v;
  }
}

enum { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

template <class T>
__device__ __forceinline__ bool compared(T a, T b, int fn) {
  switch (fn) {
    case EQUAL: return a == b;
    case NOT_EQUAL: return a != b;
    case LESS: return a < b;
    case LESS_EQUAL: return a <= b;
    case GREATER: return a > b;
    default: return a >= b;
  }
}

extern "C" __global__ void compare(Binary p) {
  EACH(i, p.n) {
    i64 at[2] = {i, i};
    if (!p.same) stretched<2>(p.at, i, at);
    bool yes = p.ints ? compared(((const int *)p.a)[at[0]], ((const int *)p.b)[at[1]], p.fn)
                      : compared(((const float *)p.a)[at[0]], ((const float *)p.b)[at[1]], p.fn);
    ((float *)p.out)[i] = yes ? 1.f : 0.f;
  }
}

struct Where {
  const float *c;
  const u32 *a, *b;
  u32 *out;
  const float *dy;  // of the gradient
  float *da, *db;
  i64 n;
  Stretch at;
};

extern "C" __global__ void where(Where p) {
  EACH(i, p.n) {
    i64 at[3];
    stretched<3>(p.at, i, at);
    p.out[i] = p.c[at[0]] != 0 ? p.a[at[1]] : p.b[at[2]];
  }
}

extern "C" __global__ void where_grad(Where p) {
  EACH(i, p.n) {
    i64 at[1];
    stretched<1>(p.at, i, at);
    bool first = p.c[at[0]] != 0;
    if (p.da) p.da[i] = first ? p.dy[i] : 0.f;
    if (p.db) p.db[i] = first ? 0.f : p.dy[i];
  }
}
