package datasets

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// The columns are the arrays of Keras' file, which source "npz" reads as it is.
var _ = add(&Set{
	Name:    "boston_housing",
	Summary: "Median prices of houses in 506 districts of Boston in 1978, in thousands of dollars, from 13 numbers each (Harrison and Rubinfeld, 1978).",
	Home:    "http://lib.stat.cmu.edu/datasets/boston",
	Licence: "none stated; StatLib",
	Files: []File{{
		Name:    "boston_housing.npz",
		Address: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/boston_housing.npz",
		SHA256:  "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
	}},
	files: npzFile,
	Columns: []column.Field{
		column.Tensor("x", column.Float32, 13),
		column.Scalar("y", column.Float32),
	},
	Rows: map[string]int{source.Train: 506},
})
