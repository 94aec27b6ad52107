// Package cuda is gpu.Driver over CUDA's driver, through gorgonia.org/cu and, for what that lacks, a little cgo. It is empty unless built
// with -tags cuda, for which gpu/toolkit.sh prepares the machine. The tag would turn on Gorgonia's own use of cuBLAS and cuDNN 8 too, which
// dlrun has no use for: the toolkit takes that out of a copy of Gorgonia, by a go.mod of its own.
//
// Importing it registers the device "cuda". A program that has it starts without a driver on the machine, and says then what is missing.
package cuda
