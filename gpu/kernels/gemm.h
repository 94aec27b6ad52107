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

// tile_rounded is tile for the tensor cores: 64 x 64 results by 256 threads, each warp 16 x 32 of them.
template <int KIND, bool AK, bool BJ, class A, class B, class S>
__device__ __forceinline__ void tile_rounded(const A &a, const B &b, const S &store, int m, int n, i64 m0, i64 n0, i64 k0, i64 k1) {
  const int side = 64, loads = side * TILE_K / 256;
  __shared__ float as[TILE_K][side + 8], bs[TILE_K][side + 8];
  const int t = threadIdx.x, lane = t % WARP, warp = t / WARP, g = lane / 4, q = lane % 4, wm = warp % 4 * 16, wn = warp / 4 * 32;
  Fragments f[4];
#pragma unroll
  for (int j = 0; j < 4; j++)
#pragma unroll
    for (int r = 0; r < 4; r++) f[j].c[r] = 0.f;
  float nextA[loads], nextB[loads];
  auto load = [&](i64 k) {
#pragma unroll
    for (int l = 0; l < loads; l++) {
      int e = t + l * 256, ka = AK ? e % TILE_K : e / side, i = AK ? e / TILE_K : e % side, kb = BJ ? e / side : e % TILE_K, j = BJ ? e % side : e / TILE_K;
      nextA[l] = k + ka < k1 && m0 + i < m ? a(m0 + i, k + ka) : 0.f;
      nextB[l] = k + kb < k1 && n0 + j < n ? b(k + kb, n0 + j) : 0.f;
    }
  };
  load(k0);
  for (i64 k = k0; k < k1; k += TILE_K) {
#pragma unroll
    for (int l = 0; l < loads; l++) {
      int e = t + l * 256;
      as[AK ? e % TILE_K : e / side][AK ? e / TILE_K : e % side] = nextA[l];
      bs[BJ ? e / side : e % TILE_K][BJ ? e % side : e / TILE_K] = nextB[l];
    }
    __syncthreads();
    if (k + TILE_K < k1) load(k + TILE_K);
    const int deep = KIND == TF32 ? 8 : 16, apart = KIND == TF32 ? 4 : 8;
#pragma unroll
    for (int kk = 0; kk < TILE_K; kk += deep) {
      u32 x[4];
      int first = KIND == TF32 ? kk + q : kk + 2 * q, second = KIND == TF32 ? first : first + 1;
#pragma unroll
      for (int r = 0; r < 4; r++) x[r] = rounded<KIND>(as[first + r / 2 * apart][wm + g + r % 2 * 8], as[second + r / 2 * apart][wm + g + r % 2 * 8]);
#pragma unroll
      for (int j = 0; j < 4; j++) {
#pragma unroll
        for (int r = 0; r < 4; r++) f[j].a[r] = x[r];
#pragma unroll
        for (int r = 0; r < 2; r++) f[j].b[r] = rounded<KIND>(bs[first + r * apart][wn + 8 * j + g], bs[second + r * apart][wn + 8 * j + g]);
        mma<KIND>(f[j]);
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int j = 0; j < 4; j++)
#pragma unroll
    for (int r = 0; r < 4; r++) {
      i64 row = m0 + wm + g + r / 2 * 8, column = n0 + wn + 8 * j + 2 * q + r % 2;
      if (row < m && column < n) store(row, column, f[j].c[r]);
    }
}

// product_tile is a tile of 64 x 64 results in a precision.
template <int KIND, bool AK, bool BJ, class A, class B, class S>
__device__ __forceinline__ void product_tile(const A &a, const B &b, const S &store, int m, int n, i64 m0, i64 n0, i64 k0, i64 k1) {
  if constexpr (KIND == FLOAT32)
    tile<64, 64, 4, 4, AK, BJ>(a, b, store, m, n, m0, n0, k0, k1);
  else
    tile_rounded<KIND, AK, BJ>(a, b, store, m, n, m0, n0, k0, k1);
}
