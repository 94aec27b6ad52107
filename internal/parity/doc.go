// Package parity holds the proof that dlrun computes what Keras 3 computes.
//
// A case (testdata/cases/NAME) is a model file with data and start weights, and what Keras made of them: the loss of every step, the final weights and, where
// there are any, the metrics of every epoch. The test trains each case with the dlrun command and compares.
//
// Cases are written by gen/generate.py from one description for both sides (gen/spec.py), which a developer runs when something is added:
//
//	python3 internal/parity/gen/generate.py -out DIR                every case, about 500
//	go test ./internal/parity -cases DIR                            compare with them
//	python3 internal/parity/gen/generate.py -out internal/parity/testdata/cases -commit
//
// The last line writes the selection that is kept in the repository, gen/committed.txt.
//
// A vector (testdata/vectors/NAME) is a single operator with what PyTorch made of it, from ONNX' test suite; gen/vectors.py writes them.
package parity
