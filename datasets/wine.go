package datasets

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

var wine = &Set{
	Name:    "wine",
	Summary: "Chemical analyses of 178 wines from three cultivars of one region (Forina et al.).",
	Home:    "https://archive.ics.uci.edu/dataset/109/wine",
	Licence: "CC BY 4.0; S. Aeberhard, M. Forina; file from scikit-learn (BSD-3-Clause)",
	Files:   []File{{Name: "wine_data.csv", Size: 11157, SHA256: "10e8a802908b34f86e5da8ce962f3c806694bc98450a18f61851af59f324bede"}},
	Columns: []column.Field{
		column.Scalar("alcohol", column.Float32),
		column.Scalar("malic_acid", column.Float32),
		column.Scalar("ash", column.Float32),
		column.Scalar("alcalinity_of_ash", column.Float32),
		column.Scalar("magnesium", column.Float32),
		column.Scalar("total_phenols", column.Float32),
		column.Scalar("flavanoids", column.Float32),
		column.Scalar("nonflavanoid_phenols", column.Float32),
		column.Scalar("proanthocyanins", column.Float32),
		column.Scalar("color_intensity", column.Float32),
		column.Scalar("hue", column.Float32),
		column.Scalar("od280_od315_of_diluted_wines", column.Float32),
		column.Scalar("proline", column.Float32),
		label("class", "class_0", "class_1", "class_2"),
	},
	Rows: map[string]int{source.Train: 178},
}

func init() { wine.read = table(wine, "wine_data.csv", 1) }

var _ = add(wine)
