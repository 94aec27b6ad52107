package datasets

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

var digits = &Set{
	Name:    "digits",
	Summary: "Handwritten digits: 1,797 images of 8 by 8 pixels, each from 0 to 16 (Alpaydin and Kaynak).",
	Home:    "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
	Licence: "CC BY 4.0; E. Alpaydin, C. Kaynak; file from scikit-learn (BSD-3-Clause)",
	Files:   []File{{Name: "digits.csv.gz", Size: 57523, SHA256: "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"}},
	Columns: []column.Field{column.Tensor("image", column.Uint8, 8, 8, 1), label("label", digitNames...)},
	Rows:    map[string]int{source.Train: 1797},
}

func init() { digits.read = table(digits, "digits.csv.gz", 0) }

var _ = add(digits)
