// Products of matrices: C = A·B, either operand transposed, in batches, k cut into parts where there are few results.
#include "gemm.h"

struct Gemm {
  const float *a, *b, *bias;
  float *c;  // or the parts, one after the other, where there are several
  i64 lda, ldb, ldc;
  i64 sa[2], sb[2], sc[2];  // from one product of the batch to the next, along two axes of the batch
  i64 part;                 // elements in a part of the result, 0 where k is not cut
  int m, n, k;
  int batch1;  // size of the inner axis of the batch
  int parts, k_part;
  int relu;
  float alpha;
};

// blockIdx is (column tile, row tile, batch and part).
template <int KIND, int BM, int BN, int TM, int TN, bool TA, bool TB>
__device__ __forceinline__ void gemm(const Gemm &p) {
  int z = blockIdx.z / p.parts, part = blockIdx.z % p.parts;
  int z0 = z / p.batch1, z1 = z % p.batch1;
  const float *a = p.a + z0 * p.sa[0] + z1 * p.sa[1], *b = p.b + z0 * p.sb[0] + z1 * p.sb[1];
  float *c = p.c + z0 * p.sc[0] + z1 * p.sc[1] + part * p.part;
  i64 k0 = (i64)part * p.k_part, k1 = k0 + p.k_part < p.k ? k0 + p.k_part : p.k;
  bool whole = p.parts == 1;
  auto of_a = [&](i64 i, i64 k) { return TA ? a[k * p.lda + i] : a[i * p.lda + k]; };
  auto of_b = [&](i64 k, i64 j) { return TB ? b[j * p.ldb + k] : b[k * p.ldb + j]; };
  auto store = [&](i64 i, i64 j, float v) {
    if (whole) {
      v *= p.alpha;
      if (p.bias) v += p.bias[j];
      if (p.relu) v = v > 0 || v != v ? v : 0.f;
    }
    c[i * p.ldc + j] = v;
  };
  i64 m0 = (i64)blockIdx.y * BM, n0 = (i64)blockIdx.x * BN;
  if constexpr (BM == 64)
    product_tile<KIND, !TA, !TB>(of_a, of_b, store, p.m, p.n, m0, n0, k0, k1);
  else
    tile<BM, BN, TM, TN, !TA, !TB>(of_a, of_b, store, p.m, p.n, m0, n0, k0, k1);
}

extern "C" __global__ void __launch_bounds__(256) gemm_nn_64(Gemm p) { gemm<FLOAT32, 64, 64, 4, 4, false, false>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_nt_64(Gemm p) { gemm<FLOAT32, 64, 64, 4, 4, false, true>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_tn_64(Gemm p) { gemm<FLOAT32, 64, 64, 4, 4, true, false>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_tt_64(Gemm p) { gemm<FLOAT32, 64, 64, 4, 4, true, true>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_nn_128(Gemm p) { gemm<FLOAT32, 128, 128, 8, 8, false, false>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_nt_128(Gemm p) { gemm<FLOAT32, 128, 128, 8, 8, false, true>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_tn_128(Gemm p) { gemm<FLOAT32, 128, 128, 8, 8, true, false>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_tt_128(Gemm p) { gemm<FLOAT32, 128, 128, 8, 8, true, true>(p); }

extern "C" __global__ void __launch_bounds__(256) gemm_nn_tf32(Gemm p) { gemm<TF32, 64, 64, 4, 4, false, false>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_nt_tf32(Gemm p) { gemm<TF32, 64, 64, 4, 4, false, true>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_tn_tf32(Gemm p) { gemm<TF32, 64, 64, 4, 4, true, false>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_tt_tf32(Gemm p) { gemm<TF32, 64, 64, 4, 4, true, true>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_nn_bf16(Gemm p) { gemm<BF16, 64, 64, 4, 4, false, false>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_nt_bf16(Gemm p) { gemm<BF16, 64, 64, 4, 4, false, true>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_tn_bf16(Gemm p) { gemm<BF16, 64, 64, 4, 4, true, false>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_tt_bf16(Gemm p) { gemm<BF16, 64, 64, 4, 4, true, true>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_nn_f16(Gemm p) { gemm<F16, 64, 64, 4, 4, false, false>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_nt_f16(Gemm p) { gemm<F16, 64, 64, 4, 4, false, true>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_tn_f16(Gemm p) { gemm<F16, 64, 64, 4, 4, true, false>(p); }
extern "C" __global__ void __launch_bounds__(256) gemm_tt_f16(Gemm p) { gemm<F16, 64, 64, 4, 4, true, true>(p); }

// Join adds parts in order: out[i] = alpha · Σ parts[k·n + i] (+ bias[i mod units]), then relu.
struct Join {
  const float *parts, *bias;
  float *out;
  i64 n;
  int count, units, relu;
  float alpha;
};

extern "C" __global__ void join(Join p) {
  EACH(i, p.n) {
    float s = 0;
    for (int k = 0; k < p.count; k++) s += p.parts[k * p.n + i];
    s *= p.alpha;
    if (p.bias) s += p.bias[i % p.units];
    if (p.relu) s = s > 0 || s != s ? s : 0.f;
    p.out[i] = s;
  }
}

// Mask is dz = dy where y > 0, else 0.
struct Mask {
  const float *y, *dy;
  float *dz;
  i64 n;
};

extern "C" __global__ void relu_mask(Mask p) {
  EACH(i, p.n) p.dz[i] = p.y[i] > 0 ? p.dy[i] : 0.f;
}
