package datasets

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// The columns are the arrays of Keras' file, which source "npz" reads as it is.
var _ = add(&Set{
	Name:    "california_housing",
	Summary: "Median prices of houses in 20,640 districts of California in 1990, in dollars, from 8 numbers each (Pace and Barry, 1997).",
	Home:    "https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html",
	Licence: "none stated; StatLib",
	Files: []File{{
		Name:    "california_housing.npz",
		Address: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/california_housing.npz",
		SHA256:  "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
	}},
	files: npzFile,
	Columns: []column.Field{
		column.Tensor("x", column.Float32, 8),
		column.Scalar("y", column.Float32),
	},
	Rows: map[string]int{source.Train: 20640},
})
