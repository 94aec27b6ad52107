package datasets

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

var _ = add(&Set{
	Name:    "cifar10",
	Summary: "Photographs of ten kinds of things: 60,000 colour images of 32 by 32 pixels (Krizhevsky, 2009).",
	Home:    "https://www.cs.toronto.edu/~kriz/cifar.html",
	Licence: "none stated; Alex Krizhevsky, Vinod Nair, Geoffrey Hinton",
	Files: []File{{
		Name:    "cifar-10-python.tar.gz",
		Address: "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
		SHA256:  "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
	}},
	Columns: []column.Field{
		column.Tensor("image", column.Uint8, 32, 32, 3),
		label("label", "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
	},
	Rows: map[string]int{source.Train: 50000, source.Test: 10000},
})
