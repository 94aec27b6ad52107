package datasets

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

var cifar10 = &Set{
	Name:    "cifar10",
	Summary: "Photographs of ten kinds of things: 60,000 colour images of 32 by 32 pixels (Krizhevsky, 2009).",
	Home:    "https://www.cs.toronto.edu/~kriz/cifar.html",
	Licence: "none stated; Alex Krizhevsky, Vinod Nair, Geoffrey Hinton",
	Files: []File{{
		Name:    "cifar-10-binary.tar.gz",
		Address: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
		Size:    170052171,
		SHA256:  "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
	}},
	Columns: []column.Field{
		column.Tensor("image", column.Uint8, 32, 32, 3),
		label("label", "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
	},
	Rows: map[string]int{source.Train: 50000, source.Test: 10000},
}

func init() {
	cifar10.files = cifar(cifar10, []string{"label"}, map[string]string{source.Train: "data_batch_", source.Test: "test_batch"})
}

var _ = add(cifar10)
