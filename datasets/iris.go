package datasets

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

var iris = &Set{
	Name:    "iris",
	Summary: "Measurements of 150 iris flowers of three species (Fisher, 1936), in centimetres.",
	Home:    "https://archive.ics.uci.edu/dataset/53/iris",
	Licence: "CC BY 4.0; R. A. Fisher; file from scikit-learn (BSD-3-Clause)",
	Files:   []File{{Name: "iris.csv", Size: 2734, SHA256: "f13ffa8fdd56fd8e6c8d16d4081a3fbd3114bcd0aae4256c43205169cd9d1449"}},
	Columns: []column.Field{
		column.Scalar("sepal_length", column.Float32),
		column.Scalar("sepal_width", column.Float32),
		column.Scalar("petal_length", column.Float32),
		column.Scalar("petal_width", column.Float32),
		label("species", "setosa", "versicolor", "virginica"),
	},
	Rows: map[string]int{source.Train: 150},
}

func init() { iris.read = table(iris, "iris.csv", 1) }

var _ = add(iris)
