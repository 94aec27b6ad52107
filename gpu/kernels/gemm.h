// A tiled product of matrices over operands that are functions of their indices, so that a convolution is one too. Each element of
// the result is one chain of fused multiply-adds in ascending k within a part of k; parts are added in order by join.
#pragma once
#include "device.h"

#define TILE_K 16

// tile computes the BM x BN part of C = A·B that begins at (m0, n0), over k from k0 to k1. a(i, k) and b(k, j) give elements, 0 outside;
// AK tells that neighbouring threads load neighbouring k of a, BJ neighbouring j of b. store(i, j, v) takes the result.
template <int BM, int BN, int TM, int TN, bool AK, bool BJ, class A, class B, class S>
__device__ __forceinline__ void tile(const A &a, const B &b, const S &store, int m, int n, i64 m0, i64 n0, i64 k0, i64 k1) {
  const int threads = (BM / TM) * (BN / TN);
  const int loadsA = BM * TILE_K / threads, loadsB = BN * TILE_K / threads;
  __shared__ float as[TILE_K][BM + 4], bs[TILE_K][BN + 4];
  const int t = threadIdx.x, ti = t / (BN / TN) * TM, tj = t % (BN / TN) * TN;
  float acc[TM][TN];
#pragma unroll
  for (int i = 0; i < TM; i++)
#pragma unroll
    for (int j = 0; j < TN; j++) acc[i][j] = 0.f;
  float nextA[loadsA], nextB[loadsB];
#define LOAD_PLACE(e, AK_, B_) (AK_ ? ((e) % TILE_K) : ((e) / (B_)))
  auto load = [&](i64 k) {
#pragma unroll
    for (int l = 0; l < loadsA; l++) {
      int e = t + l * threads, kk = LOAD_PLACE(e, AK, BM), i = AK ? e / TILE_K : e % BM;
      nextA[l] = k + kk < k1 && m0 + i < m ? a(m0 + i, k + kk) : 0.f;
    }
#pragma unroll
    for (int l = 0; l < loadsB; l++) {
      int e = t + l * threads, kk = LOAD_PLACE(e, !BJ, BN), j = BJ ? e % BN : e / TILE_K;
      nextB[l] = k + kk < k1 && n0 + j < n ? b(k + kk, n0 + j) : 0.f;
    }
  };
  load(k0);
  for (i64 k = k0; k < k1; k += TILE_K) {
#pragma unroll
    for (int l = 0; l < loadsA; l++) {
      int e = t + l * threads;
      as[LOAD_PLACE(e, AK, BM)][AK ? e / TILE_K : e % BM] = nextA[l];
    }
#pragma unroll
    for (int l = 0; l < loadsB; l++) {
      int e = t + l * threads;
      bs[LOAD_PLACE(e, !BJ, BN)][BJ ? e % BN : e / TILE_K] = nextB[l];
    }
    __syncthreads();
    if (k + TILE_K < k1) load(k + TILE_K);
#pragma unroll
    for (int kk = 0; kk < TILE_K; kk++) {
      float x[TM], y[TN];
#pragma unroll
      for (int i = 0; i < TM; i++) x[i] = as[kk][ti + i];
#pragma unroll
      for (int j = 0; j < TN; j++) y[j] = bs[kk][tj + j];
#pragma unroll
      for (int i = 0; i < TM; i++)
#pragma unroll
        for (int j = 0; j < TN; j++) acc[i][j] = fmaf(x[i], y[j], acc[i][j]);
    }
    __syncthreads();
  }
#undef LOAD_PLACE
#pragma unroll
  for (int i = 0; i < TM; i++)
#pragma unroll
    for (int j = 0; j < TN; j++)
      if (m0 + ti + i < m && n0 + tj + j < n) store(m0 + ti + i, n0 + tj + j, acc[i][j]);
}
