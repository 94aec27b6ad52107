// Package cuda is gpu.Driver over CUDA's driver, through gorgonia.org/cu and, for what that lacks, a little cgo. It is empty unless built
// with -tags nvidia, for which gpu/toolkit.sh prepares the machine. (The tag cuda would
// turn on Gorgonia's own use of cuBLAS and cuDNN as well.)
//
// Importing it registers the device "cuda". A program that has it starts without a driver on the machine, and says then what is missing.
package cuda
