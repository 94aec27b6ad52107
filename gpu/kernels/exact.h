// Functions of float64 with the bits of internal/kernel/f32vec: every operation is rounded by itself, none is fused but where that says so.
// Random numbers are made with them, so that they are the CPU's.
#pragma once
#include "device.h"

#define MUL __dmul_rn
#define ADD2 __dadd_rn
#define SUB __dsub_rn
#define DIV2 __ddiv_rn

#define LN2_HI 0.6931471804855391
#define LN2_LO 7.440617110012397e-11

template <int N>
__device__ __forceinline__ double horner(double x, const double (&c)[N]) {
  double p = c[N - 1];
#pragma unroll
  for (int i = N - 2; i >= 0; i--) p = ADD2(MUL(p, x), c[i]);
  return p;
}

// log_two is log(x) as hi + lo, of a positive normal finite x.
__device__ __forceinline__ double log_two(double x, double *lo_out) {
  const double taylor[] = {2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23};
  const u64 half = 0x3fe6a09e667f3bcdull;
  u64 i = (u64)__double_as_longlong(x) + (0x3ff0000000000000ull - half);
  double e = (double)((int)(i >> 52) - 1023), m = __longlong_as_double((i64)((i & ((1ull << 52) - 1)) + half));
  double f = SUB(m, 1.0), d = ADD2(m, 1.0), dlo = SUB(m, SUB(d, 1.0));
  double s = DIV2(f, d), slo = DIV2(SUB(__fma_rn(-s, d, f), MUL(s, dlo)), d), z = MUL(s, s);
  double t = MUL(MUL(s, z), horner(z, taylor)), a = MUL(e, LN2_HI), b = MUL(2.0, s);
  double hi = ADD2(a, b), v = SUB(hi, a), lo = ADD2(SUB(a, SUB(hi, v)), SUB(b, v));
  lo = ADD2(lo, ADD2(MUL(e, LN2_LO), ADD2(MUL(2.0, slo), t)));
  double sum = ADD2(hi, lo);
  *lo_out = SUB(lo, SUB(sum, hi));
  return sum;
}

// log64 is of a positive normal number.
__device__ __forceinline__ double log64(double x) {
  double lo;
  return log_two(x, &lo);
}

// trig64 is sin(x + n pi/2), for |x| < 2**20.
__device__ __forceinline__ double trig64(double x, int n) {
  const double sines[] = {-1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000, 1.0 / 355687428096000};
  const double cosines[] = {1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600, -1.0 / 87178291200, 1.0 / 20922789888000};
  const double magic = 6755399441055744.0;
  double k = SUB(ADD2(MUL(x, 0.6366197723675814), magic), magic);
  double r = SUB(SUB(SUB(x, MUL(k, 1.5707963267341256)), MUL(k, 6.077100506303966e-11)), MUL(k, 2.0222662487959506e-21));
  n += (int)(i64)k & 3;
  double z = MUL(r, r), v;
  if (n & 1)
    v = SUB(1.0, SUB(MUL(0.5, z), MUL(MUL(z, z), horner(z, cosines))));
  else
    v = ADD2(r, MUL(MUL(r, z), horner(z, sines)));
  return n & 2 ? -v : v;
}

// pow64 is x**y of a positive normal x and a finite y, where the result is neither tiny nor huge.
__device__ __forceinline__ double pow64(double x, double y) {
  const double taylor[] = {1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
  if (y == 0 || x == 1) return 1;
  double lo, hi = log_two(x, &lo), p = MUL(y, hi);
  if (p > 700) return INFINITY;
  if (p < -700) return 0;
  lo = ADD2(__fma_rn(y, hi, -p), MUL(y, lo));
  const double magic = 6755399441055744.0;
  double k = SUB(ADD2(MUL(p, 1.4426950408889634), magic), magic);
  double a = SUB(p, MUL(k, LN2_HI)), b = SUB(MUL(k, LN2_LO), lo), r = SUB(a, b), c = SUB(SUB(a, r), b);
  double u = ADD2(r, ADD2(c, MUL(MUL(r, r), horner(r, taylor))));
  return MUL(ADD2(1.0, u), __longlong_as_double((i64)((u64)((int)k + 1023) << 52)));
}

// settled is x as the CPU stores it: neither denormal nor -0.
__device__ __forceinline__ float settled(float x) { return fabsf(x) < 1.17549435e-38f ? 0.f : x; }

// The sub-sequence of a key.
__device__ __forceinline__ Key derived(const Key &k, u64 id) {
  Key from = k, out;
  from.key[0] ^= 0x64726c6eu;
  u32 w[4];
  philox(from, id, w);
  out.key[0] = w[0], out.key[1] = w[1], out.counter[0] = w[2], out.counter[1] = w[3];
  return out;
}

// normals are two normal numbers of two words.
__device__ __forceinline__ void normals(u32 w0, u32 w1, double *z0, double *z1) {
  double r = __dsqrt_rn(MUL(-2.0, log64(MUL(ADD2((double)w0, 1.0), 0x1p-32)))), a = MUL(6.283185307179586, MUL((double)w1, 0x1p-32));
  *z0 = MUL(r, trig64(a, 1));
  *z1 = MUL(r, trig64(a, 0));
}
