// libcublasLt.so over the emulator: what dlrun calls of cuBLASLt, as strict as libcuda.cpp, and plain loops for the products.
//
// EMULATED_LT_REFUSE is a number of rows for which no algorithm is found.
#include <cuda.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <functional>

// From the emulated libcuda.so.1.
extern "C" CUresult emulated_enqueue(CUstream, void (*)(void *), void *);
extern "C" int emulated_inside(CUdeviceptr, size_t);

enum { OK = 0, INVALID = 7, UNSUPPORTED = 15 };

struct Desc {
  int compute;
  int32_t trans[2] = {0, 0}, epilogue = 1;
  CUdeviceptr bias = 0;
};
struct Layout {
  uint64_t rows, columns;
  int64_t ld, stride = 0;
  int32_t batch = 1;
};
struct Preference {
  uint32_t align[4] = {256, 256, 256, 256};
};
struct Heuristic {
  uint64_t algo[8];
  size_t workspace;
  int state;
  float waves;
  int reserved[4];
};

static int refuse(const char *what) {
  fprintf(stderr, "emulated libcublasLt: %s\n", what);
  return INVALID;
}

// rounded is a factor as the tensor cores see it.
static float rounded(float v, int compute) {
  uint32_t b;
  memcpy(&b, &v, 4);
  if (v - v != 0) return v;
  if (compute == 77) b = (b + 0x1000) & 0xffffe000u;
  if (compute == 75) b = (b + 0x7fff + (b >> 16 & 1)) & 0xffff0000u;
  if (compute == 74) return (float)(_Float16)v;
  memcpy(&v, &b, 4);
  return v;
}

extern "C" {
size_t cublasLtGetVersion() { return 120405; }
int cublasLtCreate(void **h) { return *h = malloc(1), OK; }
int cublasLtDestroy(void *h) { return free(h), OK; }
int cublasLtMatmulDescCreate(void **d, int compute, int scale) {
  if (scale != 0 || (compute != 68 && compute != 74 && compute != 75 && compute != 77)) return refuse("a product of another type");
  return *d = new Desc{compute}, OK;
}
int cublasLtMatmulDescSetAttribute(void *p, int what, const void *v, size_t n) {
  Desc *d = (Desc *)p;
  if (what == 3 && n == 4) return memcpy(&d->trans[0], v, n), OK;
  if (what == 4 && n == 4) return memcpy(&d->trans[1], v, n), OK;
  if (what == 7 && n == 4) return memcpy(&d->epilogue, v, n), OK;
  if (what == 8 && n == 8) return memcpy(&d->bias, v, n), OK;
  return refuse("an attribute of a product that is not known");
}
int cublasLtMatmulDescDestroy(void *d) { return delete (Desc *)d, OK; }
int cublasLtMatrixLayoutCreate(void **l, int type, uint64_t rows, uint64_t columns, int64_t ld) {
  if (type != 0 || ld < (int64_t)rows) return refuse("columns that overlap");
  return *l = new Layout{rows, columns, ld}, OK;
}
int cublasLtMatrixLayoutSetAttribute(void *p, int what, const void *v, size_t n) {
  Layout *l = (Layout *)p;
  if (what == 5 && n == 4) return memcpy(&l->batch, v, n), OK;
  if (what == 6 && n == 8) return memcpy(&l->stride, v, n), OK;
  return refuse("an attribute of a matrix that is not known");
}
int cublasLtMatrixLayoutDestroy(void *l) { return delete (Layout *)l, OK; }
int cublasLtMatmulPreferenceCreate(void **p) { return *p = new Preference, OK; }
int cublasLtMatmulPreferenceSetAttribute(void *p, int what, const void *v, size_t n) {
  if (what == 1 && n == 8) return OK;
  if (what == 3 && n == 4) return OK;
  if (what >= 5 && what <= 8 && n == 4) return memcpy(&((Preference *)p)->align[what - 5], v, n), OK;
  return refuse("a preference that is not known");
}
int cublasLtMatmulPreferenceDestroy(void *p) { return delete (Preference *)p, OK; }
int cublasLtMatmulAlgoGetHeuristic(void *, void *, void *a, void *, void *, void *, void *pref, int wanted, Heuristic *h, int *found) {
  const char *no = getenv("EMULATED_LT_REFUSE");
  memset(h, 0, sizeof *h);
  *found = wanted >= 1 && !(no && (uint64_t)atoll(no) == ((Layout *)a)->rows);
  for (int i = 0; i < 4; i++) h->algo[i] = ((Preference *)pref)->align[i];  // what the choice was made for
  return OK;
}
int cublasLtMatmul(void *, void *dp, const float *alpha, const void *A, void *la, const void *B, void *lb, const float *beta, const void *C, void *lc, void *D, void *ld, const uint64_t *algo, void *,
                   size_t, CUstream s) {
  Desc d = *(Desc *)dp;
  Layout a = *(Layout *)la, b = *(Layout *)lb, c = *(Layout *)ld;
  uint64_t m = d.trans[0] ? a.columns : a.rows, k = d.trans[0] ? a.rows : a.columns, n = d.trans[1] ? b.rows : b.columns;
  if (lc != ld || C != D || *beta != 0 || k != (d.trans[1] ? b.columns : b.rows) || m != c.rows || n != c.columns) return refuse("matrices that do not fit together");
  if (a.batch != b.batch || a.batch != c.batch) return refuse("batches of different length");
  const void *at[] = {A, B, C};
  for (int i = 0; i < 3; i++)
    if ((uintptr_t)at[i] % algo[i]) return refuse("an address that is less aligned than was said");
  for (const auto &x : {std::pair<const void *, Layout>{A, a}, {B, b}, {D, c}})
    if (!emulated_inside((CUdeviceptr)x.first, 4 * ((x.second.batch - 1) * x.second.stride + (x.second.columns - 1) * x.second.ld + x.second.rows))) return refuse("a matrix outside an allocation");
  float al = *alpha;
  auto work = new std::function<void()>([=] {
    for (int z = 0; z < a.batch; z++) {
      const float *x = (const float *)A + z * a.stride, *y = (const float *)B + z * b.stride;
      float *out = (float *)D + z * c.stride;
      for (uint64_t j = 0; j < n; j++)
        for (uint64_t i = 0; i < m; i++) {
          float sum = 0;
          for (uint64_t l = 0; l < k; l++)
            sum += rounded(x[d.trans[0] ? l + i * a.ld : i + l * a.ld], d.compute) * rounded(y[d.trans[1] ? j + l * b.ld : l + j * b.ld], d.compute);
          sum *= al;
          if (d.epilogue & 4) sum += ((const float *)d.bias)[i];
          if ((d.epilogue & 2) && !(sum > 0) && sum == sum) sum = 0;
          out[i + j * c.ld] = sum;
        }
    }
  });
  // A graph runs it again and again, so it is never given back.
  return emulated_enqueue(s, [](void *w) { (*(std::function<void()> *)w)(); }, work) == CUDA_SUCCESS ? OK : INVALID;
}
}
