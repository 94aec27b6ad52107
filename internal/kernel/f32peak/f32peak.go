// Package f32peak measures how many multiply-adds of float32 a core can do at best: independent chains of fused multiply-adds in
// registers, which neither wait for memory nor for each other. It is what the speed of other kernels is held against.
package f32peak

import (
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Lanes is the number of chains: more than what the latency of the instruction times its throughput asks for.
const Lanes = 384

// Chains sets acc[i] = acc[i]*a + b, rounded once, n times over: Lanes·n multiply-adds.
func Chains(i isa.ISA, acc *[Lanes]float32, a, b float32, n int) {
	if n <= 0 || chainsVec(i, acc, a, b, n) {
		return
	}
	for k, v := range acc {
		for range n {
			v = f32vec.FMA(v, a, b)
		}
		acc[k] = v
	}
}
