//go:build cuda

package cuda

/*
#include <cuda.h>
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is used of cublasLt.h, which CUDA's headers for the driver do not have. The numbers are those of CUDA 11 to 13.
typedef struct {
  uint64_t algo[8];
  size_t workspace;
  int state;
  float waves;
  int reserved[4];
} lt_heuristic;

enum { LT_COMPUTE_32F = 68, LT_COMPUTE_16F = 74, LT_COMPUTE_16BF = 75, LT_COMPUTE_TF32 = 77 };
enum { LT_TRANSA = 3, LT_TRANSB = 4, LT_EPILOGUE = 7, LT_BIAS_POINTER = 8 };
enum { LT_BATCH_COUNT = 5, LT_STRIDE = 6 };
enum { LT_WORKSPACE = 1, LT_REDUCTIONS = 3, LT_ALIGN_A = 5 };

static struct {
  void *library;
  char problem[300];
  size_t (*version)(void);
  int (*create)(void **);
  int (*destroy)(void *);
  int (*desc_create)(void **, int, int);
  int (*desc_set)(void *, int, const void *, size_t);
  int (*desc_destroy)(void *);
  int (*layout_create)(void **, int, uint64_t, uint64_t, int64_t);
  int (*layout_set)(void *, int, const void *, size_t);
  int (*layout_destroy)(void *);
  int (*pref_create)(void **);
  int (*pref_set)(void *, int, const void *, size_t);
  int (*pref_destroy)(void *);
  int (*heuristic)(void *, void *, void *, void *, void *, void *, void *, int, lt_heuristic *, int *);
  int (*matmul)(void *, void *, const void *, const void *, void *, const void *, void *, const void *, const void *, void *, void *, void *, const uint64_t *, void *, size_t, CUstream);
} lt;

// lt_open finds the library once: the one that DLRUN_LIBCUBLASLT names ("none" for none), or the newest that the system has.
static int lt_open(void) {
  static int tried;
  if (tried) return lt.library != NULL;
  tried = 1;
  const char *named = getenv("DLRUN_LIBCUBLASLT"), *names[] = {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so.11", NULL};
  if (named && *named) names[0] = named, names[1] = NULL;
  void *l = NULL;
  for (int i = 0; names[i] && !l; i++) l = dlopen(names[i], RTLD_NOW);
  if (!l) {
    const char *why = dlerror();
    snprintf(lt.problem, sizeof lt.problem, "cuBLASLt was not found: %s", why ? why : "?");
    return 0;
  }
  struct { const char *name; void *to; } all[] = {
    {"cublasLtGetVersion", &lt.version}, {"cublasLtCreate", &lt.create}, {"cublasLtDestroy", &lt.destroy},
    {"cublasLtMatmulDescCreate", &lt.desc_create}, {"cublasLtMatmulDescSetAttribute", &lt.desc_set}, {"cublasLtMatmulDescDestroy", &lt.desc_destroy},
    {"cublasLtMatrixLayoutCreate", &lt.layout_create}, {"cublasLtMatrixLayoutSetAttribute", &lt.layout_set}, {"cublasLtMatrixLayoutDestroy", &lt.layout_destroy},
    {"cublasLtMatmulPreferenceCreate", &lt.pref_create}, {"cublasLtMatmulPreferenceSetAttribute", &lt.pref_set}, {"cublasLtMatmulPreferenceDestroy", &lt.pref_destroy},
    {"cublasLtMatmulAlgoGetHeuristic", &lt.heuristic}, {"cublasLtMatmul", &lt.matmul},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    void *f = dlsym(l, all[i].name);
    if (!f) {
      snprintf(lt.problem, sizeof lt.problem, "cuBLASLt has no function %s", all[i].name);
      return 0;
    }
    memcpy(all[i].to, &f, sizeof f);
  }
  lt.library = l;
  return 1;
}
static const char *lt_problem(void) { return lt.problem; }
static size_t lt_version(void) { return lt.version(); }
static int lt_create(void **h) { return lt.create(h); }
static int lt_destroy(void *h) { return lt.destroy(h); }

// A product as the library sees it: matrices by column, so that ours, by row, are transposed, and their order is turned round.
typedef struct {
  CUdeviceptr a, b, c, bias;
  int64_t m, n, k, lda, ldb, ldc, stride_a, stride_b, stride_c;
  int32_t trans_a, trans_b, batch, relu, compute;
  float alpha;
} lt_product;

typedef struct {
  lt_product p;
  void *desc, *a, *b, *c;
  lt_heuristic h;
} lt_ready;

static void lt_free(lt_ready *r) {
  if (r->desc) lt.desc_destroy(r->desc);
  if (r->a) lt.layout_destroy(r->a);
  if (r->b) lt.layout_destroy(r->b);
  if (r->c) lt.layout_destroy(r->c);
  free(r);
}

static int lt_layout(void **l, int64_t rows, int64_t columns, int64_t ld, int32_t batch, int64_t stride) {
  int e = lt.layout_create(l, 0, rows, columns, ld); // CUDA_R_32F
  if (!e && batch > 1) e = lt.layout_set(*l, LT_BATCH_COUNT, &batch, sizeof batch);
  if (!e && batch > 1) e = lt.layout_set(*l, LT_STRIDE, &stride, sizeof stride);
  return e;
}

static uint32_t lt_align(CUdeviceptr p) {
  uint32_t a = 256;
  while (p % a) a /= 2;
  return a;
}

// lt_prepare finds how a product is to be done. Of the ways to cut k only those are taken that add up in a fixed order.
static int lt_prepare(void *handle, const lt_product *p, size_t workspace, lt_ready **out) {
  lt_ready *r = calloc(1, sizeof *r);
  void *pref = NULL;
  int e, found = 0;
  if (!r) return 3;
  r->p = *p;
  int32_t ta = p->trans_b, tb = p->trans_a, epilogue = p->bias ? (p->relu ? 6 : 4) : (p->relu ? 2 : 1);
  uint32_t reductions = 2 | 4;
  e = lt.desc_create(&r->desc, p->compute, 0);
  if (!e) e = lt.desc_set(r->desc, LT_TRANSA, &ta, sizeof ta);
  if (!e) e = lt.desc_set(r->desc, LT_TRANSB, &tb, sizeof tb);
  if (!e) e = lt.desc_set(r->desc, LT_EPILOGUE, &epilogue, sizeof epilogue);
  if (!e && p->bias) e = lt.desc_set(r->desc, LT_BIAS_POINTER, &p->bias, sizeof p->bias);
  if (!e) e = ta ? lt_layout(&r->a, p->k, p->n, p->ldb, p->batch, p->stride_b) : lt_layout(&r->a, p->n, p->k, p->ldb, p->batch, p->stride_b);
  if (!e) e = tb ? lt_layout(&r->b, p->m, p->k, p->lda, p->batch, p->stride_a) : lt_layout(&r->b, p->k, p->m, p->lda, p->batch, p->stride_a);
  if (!e) e = lt_layout(&r->c, p->n, p->m, p->ldc, p->batch, p->stride_c);
  if (!e) e = lt.pref_create(&pref);
  if (!e) e = lt.pref_set(pref, LT_WORKSPACE, &workspace, sizeof workspace);
  if (!e) e = lt.pref_set(pref, LT_REDUCTIONS, &reductions, sizeof reductions);
  CUdeviceptr at[] = {p->b, p->a, p->c, p->c};
  for (int i = 0; i < 4 && !e; i++) {
    uint32_t align = lt_align(at[i]);
    e = lt.pref_set(pref, LT_ALIGN_A + i, &align, sizeof align);
  }
  if (!e) e = lt.heuristic(handle, r->desc, r->a, r->b, r->c, r->c, pref, 1, &r->h, &found);
  if (!e && (!found || r->h.state)) e = 15; // CUBLAS_STATUS_NOT_SUPPORTED
  if (pref) lt.pref_destroy(pref);
  if (e) lt_free(r);
  else *out = r;
  return e;
}

static int lt_run(void *handle, lt_ready *r, CUdeviceptr workspace, CUstream s) {
  float zero = 0;
  lt_product *p = &r->p;
  return lt.matmul(handle, r->desc, &p->alpha, (void *)(uintptr_t)p->b, r->a, (void *)(uintptr_t)p->a, r->b, &zero, (void *)(uintptr_t)p->c, r->c, (void *)(uintptr_t)p->c, r->c,
                   r->h.algo, (void *)(uintptr_t)workspace, r->h.workspace, s);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/dlrun/dlrun/gpu"
)

// library is cuBLASLt, opened for a device.
type library struct {
	name      string
	err       error // why there is none
	handle    unsafe.Pointer
	workspace gpu.Ptr
	ready     []*C.lt_ready
}

// workspaceBytes is what NVIDIA recommends for the newest devices.
const workspaceBytes = 32 << 20

// Library opens cuBLASLt, where it is installed.
func (d *driver) Library() (string, error) {
	if d.library == nil {
		d.library = new(library)
		d.library.err = d.do(d.openLibrary)
	}
	return d.library.name, d.library.err
}

func (d *driver) openLibrary() error {
	if C.lt_open() == 0 {
		return errors.New(C.GoString(C.lt_problem()))
	}
	l := d.library
	if e := C.lt_create(&l.handle); e != 0 {
		return fmt.Errorf("cuBLASLt does not start: error %d", int(e))
	}
	var err error
	if l.workspace, err = d.Alloc(workspaceBytes); err != nil {
		return err
	}
	v := int(C.lt_version())
	l.name = fmt.Sprintf("cuBLASLt %d.%d", v/10000, v%10000/100)
	return nil
}

// closeLibrary gives everything back.
func (d *driver) closeLibrary() error {
	l := d.library
	d.library = nil
	if l == nil {
		return nil
	}
	for _, r := range l.ready {
		C.lt_free(r)
	}
	var err error
	if l.workspace != 0 {
		err = d.Free(l.workspace)
	}
	if l.handle != nil {
		C.lt_destroy(l.handle)
	}
	return err
}

var computeTypes = map[gpu.Precision]C.int32_t{
	gpu.Float32: C.LT_COMPUTE_32F, gpu.TF32: C.LT_COMPUTE_TF32, gpu.BFloat16: C.LT_COMPUTE_16BF, gpu.Float16: C.LT_COMPUTE_16F,
}

// Prepare has cuBLASLt choose how to do a product.
func (d *driver) Prepare(p *gpu.Product) (run func(s gpu.Stream) error, err error) {
	flag := func(b bool) C.int32_t {
		if b {
			return 1
		}
		return 0
	}
	c := C.lt_product{
		a: C.CUdeviceptr(p.A), b: C.CUdeviceptr(p.B), c: C.CUdeviceptr(p.C), bias: C.CUdeviceptr(p.Bias), m: C.int64_t(p.M), n: C.int64_t(p.N), k: C.int64_t(p.K),
		lda: C.int64_t(p.LDA), ldb: C.int64_t(p.LDB), ldc: C.int64_t(p.LDC), stride_a: C.int64_t(p.StrideA), stride_b: C.int64_t(p.StrideB), stride_c: C.int64_t(p.StrideC),
		trans_a: flag(p.TransA), trans_b: flag(p.TransB), batch: C.int32_t(p.Batch), relu: flag(p.Relu), compute: computeTypes[p.Precision], alpha: C.float(p.Alpha),
	}
	l := d.library
	var ready *C.lt_ready
	err = d.do(func() error {
		if e := C.lt_prepare(l.handle, &c, workspaceBytes, &ready); e != 0 {
			return fmt.Errorf("cuBLASLt cannot do a product of %d x %d x %d: error %d", p.M, p.N, p.K, int(e))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	l.ready = append(l.ready, ready)
	return func(s gpu.Stream) error {
		return d.do(func() error {
			if e := C.lt_run(l.handle, ready, C.CUdeviceptr(l.workspace), stream(s)); e != 0 {
				return fmt.Errorf("cublasLtMatmul: error %d", int(e))
			}
			return nil
		})
	}, nil
}
