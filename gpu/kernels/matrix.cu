// Small matrices taken apart, and equations: a thread for each matrix, in float64, as internal/kernel/f64matrix.
#include "device.h"

enum { CHOLESKY, LU, QR };

struct Matrices {
  const float *a, *y, *dy;  // y, dy: of the gradient; of equations y is the right side
  float *out;
  double *room;
  i64 per;                 // of room for a matrix
  int count, m, n, k, fn;  // k: columns of Q, or of the right side
  int size;                // of what comes out of a decomposition
  int triangle, transposed;  // triangle: 1 lower, 2 upper, 0 neither
};

typedef double *D;

struct Room {
  double *at;
  __device__ D take(i64 n) {
    D p = at;
    at += n;
    for (i64 i = 0; i < n; i++) p[i] = 0;
    return p;
  }
  __device__ D from(const float *x, i64 n) {
    D p = take(n);
    for (i64 i = 0; i < n; i++) p[i] = x[i];
    return p;
  }
  __device__ D mul(const double *a, const double *b, int m, int k, int n) {
    D c = take((i64)m * n);
    for (int i = 0; i < m; i++)
      for (int l = 0; l < k; l++)
        for (int j = 0; j < n; j++) c[i * n + j] += a[i * k + l] * b[l * n + j];
    return c;
  }
  __device__ D turned(const double *a, int m, int n) {
    D t = take((i64)m * n);
    for (int i = 0; i < m; i++)
      for (int j = 0; j < n; j++) t[j * m + i] = a[i * n + j];
    return t;
  }
  __device__ D symmetric(const double *a, int n) {
    D s = take((i64)n * n);
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) s[i * n + j] = (a[i * n + j] + a[j * n + i]) / 2;
    return s;
  }
};

// solve_triangular puts into x, n by k, what a·x = x says.
__device__ void solve_triangular(const double *a, D x, int n, int k, bool lower, bool transposed, bool unit) {
  bool down = lower != transposed;
  for (int s = 0; s < n; s++) {
    int i = down ? s : n - 1 - s;
    for (int j = down ? 0 : i + 1; j < (down ? i : n); j++) {
      double v = transposed ? a[j * n + i] : a[i * n + j];
      for (int c = 0; c < k; c++) x[i * k + c] -= v * x[j * k + c];
    }
    if (!unit)
      for (int c = 0; c < k; c++) x[i * k + c] /= a[i * n + i];
  }
}

// right_solve puts into x, m by n, what x·a = x says.
__device__ void right_solve(Room &r, const double *a, D x, int m, int n, bool lower, bool transposed, bool unit) {
  D t = r.turned(x, m, n);
  solve_triangular(a, t, n, m, lower, !transposed, unit);
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) x[i * n + j] = t[j * m + i];
}

__device__ void swap_rows(D x, int n, int i, int j) {
  for (int c = 0; c < n && i != j; c++) {
    double v = x[i * n + c];
    x[i * n + c] = x[j * n + c], x[j * n + c] = v;
  }
}

__device__ void lu(const double *a, D y, int n) {
  for (int i = 0; i < n * n; i++) y[i] = a[i];
  for (int k = 0; k < n; k++) {
    int p = k;
    for (int i = k + 1; i < n; i++)
      if (fabs(y[i * n + k]) > fabs(y[p * n + k])) p = i;
    y[n * n + k] = p;
    swap_rows(y, n, k, p);
    double d = y[k * n + k];
    if (d == 0) continue;
    for (int i = k + 1; i < n; i++) {
      double f = y[i * n + k] /= d;
      for (int j = k + 1; j < n; j++) y[i * n + j] -= f * y[k * n + j];
    }
  }
}

__device__ void cholesky(Room &r, const double *a, D y, int n) {
  D s = r.symmetric(a, n);
  for (int i = 0; i < n; i++)
    for (int j = 0; j <= i; j++) {
      double sum = s[i * n + j];
      for (int k = 0; k < j; k++) sum -= y[i * n + k] * y[j * n + k];
      y[i * n + j] = i == j ? sqrt(sum) : sum / y[j * n + j];
    }
}

// qr is by Householder's reflections; Q has q columns.
__device__ void qr(Room &r, const double *a, D y, int m, int n, int q) {
  D w = r.take((i64)m * n);
  for (int i = 0; i < m * n; i++) w[i] = a[i];
  int p = m < n ? m : n;
  D tau = r.take(p), qs = y, rs = y + m * q;
  for (int k = 0; k < p; k++) {
    double sum = 0;
    for (int i = k + 1; i < m; i++) sum += w[i * n + k] * w[i * n + k];
    if (sum == 0) continue;
    double alpha = w[k * n + k], beta = -copysign(sqrt(alpha * alpha + sum), alpha);
    tau[k] = (beta - alpha) / beta;
    for (int i = k + 1; i < m; i++) w[i * n + k] /= alpha - beta;
    w[k * n + k] = beta;
    for (int j = k + 1; j < n; j++) {
      double s = w[k * n + j];
      for (int i = k + 1; i < m; i++) s += w[i * n + k] * w[i * n + j];
      s *= tau[k];
      w[k * n + j] -= s;
      for (int i = k + 1; i < m; i++) w[i * n + j] -= s * w[i * n + k];
    }
  }
  for (int i = 0; i < q && i < m; i++)
    for (int j = i; j < n; j++) rs[i * n + j] = w[i * n + j];
  for (int i = 0; i < q; i++) qs[i * q + i] = 1;
  for (int k = p - 1; k >= 0; k--)
    for (int j = 0; j < q; j++) {
      double s = qs[k * q + j];
      for (int i = k + 1; i < m; i++) s += w[i * n + k] * qs[i * q + j];
      s *= tau[k];
      qs[k * q + j] -= s;
      for (int i = k + 1; i < m; i++) qs[i * q + j] -= s * w[i * n + k];
    }
}

__device__ D cholesky_grad(Room &r, const double *y, const double *dy, int n) {
  D low = r.take((i64)n * n);
  for (int i = 0; i < n; i++)
    for (int j = 0; j <= i; j++) low[i * n + j] = dy[i * n + j];
  D p = r.mul(r.turned(y, n, n), low, n, n, n);
  for (int i = 0; i < n; i++) {
    p[i * n + i] /= 2;
    for (int j = i + 1; j < n; j++) p[i * n + j] = 0;
  }
  solve_triangular(y, p, n, n, true, true, false);
  right_solve(r, y, p, n, n, true, false, false);
  return r.symmetric(p, n);
}

__device__ D lu_grad(Room &r, const double *y, const double *dy, int n) {
  D l = r.take(n * n), u = r.take(n * n), dl = r.take(n * n), du = r.take(n * n);
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < i; j++) l[i * n + j] = y[i * n + j], dl[i * n + j] = dy[i * n + j];
    l[i * n + i] = 1;
    for (int j = i; j < n; j++) u[i * n + j] = y[i * n + j], du[i * n + j] = dy[i * n + j];
  }
  D a = r.mul(r.turned(l, n, n), dl, n, n, n), b = r.mul(du, r.turned(u, n, n), n, n, n);
  for (int i = 0; i < n; i++)
    for (int j = i; j < n; j++) a[i * n + j] = b[i * n + j];
  solve_triangular(l, a, n, n, true, true, true);
  right_solve(r, u, a, n, n, false, true, false);
  for (int i = n - 1; i >= 0; i--) swap_rows(a, n, i, (int)y[n * n + i]);
  return a;
}

__device__ D qr_grad(Room &r, const double *a, const double *y, const double *dy, int m, int n) {
  int p = m < n ? m : n, rest = n - p;
  const double *q = y, *rs = y + m * p, *dq = dy, *dr = dy + m * p;
  D da = r.take((i64)m * n), u = r.take(p * p), du = r.take(p * p), g = r.take(m * p);
  for (int i = 0; i < m * p; i++) g[i] = dq[i];
  for (int i = 0; i < p; i++)
    for (int j = 0; j < p; j++) u[i * p + j] = rs[i * n + j], du[i * p + j] = dr[i * n + j];
  if (rest > 0) {  // a = [X, Y]: R = [U, Qt·Y]
    D dv = r.take(p * rest), ys = r.take(m * rest);
    for (int j = 0; j < rest; j++) {
      for (int i = 0; i < p; i++) dv[i * rest + j] = dr[i * n + p + j];
      for (int i = 0; i < m; i++) ys[i * rest + j] = a[i * n + p + j];
    }
    D more = r.mul(ys, r.turned(dv, p, rest), m, rest, p), dys = r.mul(q, dv, m, p, rest);
    for (int i = 0; i < m * p; i++) g[i] += more[i];
    for (int i = 0; i < m; i++)
      for (int j = 0; j < rest; j++) da[i * n + p + j] = dys[i * rest + j];
  }
  D mm = r.mul(u, r.turned(du, p, p), p, p, p), less = r.mul(r.turned(g, m, p), q, p, m, p);
  for (int i = 0; i < p * p; i++) mm[i] -= less[i];
  for (int i = 0; i < p; i++)
    for (int j = i + 1; j < p; j++) mm[i * p + j] = mm[j * p + i];
  D more = r.mul(q, mm, m, p, p);
  for (int i = 0; i < m * p; i++) g[i] += more[i];
  right_solve(r, u, g, m, p, false, true, false);
  for (int i = 0; i < m; i++)
    for (int j = 0; j < p; j++) da[i * n + j] = g[i * p + j];
  return da;
}

extern "C" __global__ void decompose(Matrices p) {
  EACH(i, p.count) {
    Room r{p.room + i * p.per};
    D a = r.from(p.a + i * p.m * p.n, p.m * p.n), y = r.take(p.size);
    switch (p.fn) {
      case CHOLESKY: cholesky(r, a, y, p.m); break;
      case LU: lu(a, y, p.m); break;
      default: qr(r, a, y, p.m, p.n, p.k);
    }
    for (int k = 0; k < p.size; k++) p.out[i * p.size + k] = (float)y[k];
  }
}

extern "C" __global__ void decompose_grad(Matrices p) {
  EACH(i, p.count) {
    Room r{p.room + i * p.per};
    D a = r.from(p.a + i * p.m * p.n, p.m * p.n), y = r.from(p.y + i * p.size, p.size), dy = r.from(p.dy + i * p.size, p.size);
    D da = p.fn == CHOLESKY ? cholesky_grad(r, y, dy, p.m) : p.fn == LU ? lu_grad(r, y, dy, p.m) : qr_grad(r, a, y, dy, p.m, p.n);
    for (int k = 0; k < p.m * p.n; k++) p.out[i * p.m * p.n + k] = (float)da[k];
  }
}

extern "C" __global__ void solve(Matrices p) {
  EACH(i, p.count) {
    Room r{p.room + i * p.per};
    int n = p.n, k = p.k;
    D a = r.from(p.a + i * n * n, n * n), x = r.from(p.y + i * n * k, n * k);
    if (p.triangle) {
      solve_triangular(a, x, n, k, p.triangle == 1, p.transposed, false);
    } else {
      D f = r.take(n * n + n);
      lu(a, f, n);
      if (p.transposed) {
        solve_triangular(f, x, n, k, false, true, false);
        solve_triangular(f, x, n, k, true, true, true);
        for (int j = n - 1; j >= 0; j--) swap_rows(x, k, j, (int)f[n * n + j]);
      } else {
        for (int j = 0; j < n; j++) swap_rows(x, k, j, (int)f[n * n + j]);
        solve_triangular(f, x, n, k, true, false, true);
        solve_triangular(f, x, n, k, false, false, false);
      }
    }
    for (int j = 0; j < n * k; j++) p.out[i * n * k + j] = (float)x[j];
  }
}
