package datasets

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

const fashionMNIST = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

var _ = add(&Set{
	Name:    "fashion_mnist",
	Summary: "Articles of clothing: 70,000 grey images of 28 by 28 pixels (Xiao, Rasul and Vollgraf, 2017).",
	Home:    "https://github.com/zalandoresearch/fashion-mnist",
	Licence: "MIT; Zalando SE",
	Files: []File{
		{Name: "train-images-idx3-ubyte.gz", Part: source.Train, Address: fashionMNIST + "train-images-idx3-ubyte.gz"},
		{Name: "train-labels-idx1-ubyte.gz", Part: source.Train, Address: fashionMNIST + "train-labels-idx1-ubyte.gz"},
		{Name: "t10k-images-idx3-ubyte.gz", Part: source.Test, Address: fashionMNIST + "t10k-images-idx3-ubyte.gz"},
		{Name: "t10k-labels-idx1-ubyte.gz", Part: source.Test, Address: fashionMNIST + "t10k-labels-idx1-ubyte.gz"},
	},
	Columns: []column.Field{
		column.Tensor("image", column.Uint8, 28, 28, 1),
		label("label", "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
	},
	Rows: map[string]int{source.Train: 60000, source.Test: 10000},
})
