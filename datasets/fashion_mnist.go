package datasets

import (
	"context"
	"iter"
	"os"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

const fashionMNIST = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

// The second checksums are of the files in Debian's package dataset-fashion-mnist, the same compressed anew.
var fashion = &Set{
	Name:    "fashion_mnist",
	Summary: "Articles of clothing: 70,000 grey images of 28 by 28 pixels (Xiao, Rasul and Vollgraf, 2017).",
	Home:    "https://github.com/zalandoresearch/fashion-mnist",
	Licence: "MIT; Zalando SE",
	Files: []File{
		{Name: "train-images-idx3-ubyte.gz", Part: source.Train, Address: fashionMNIST + "train-images-idx3-ubyte.gz", Size: 26421880, SHA256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", Also: []string{"b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7"}},
		{Name: "train-labels-idx1-ubyte.gz", Part: source.Train, Address: fashionMNIST + "train-labels-idx1-ubyte.gz", Size: 29515, SHA256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", Also: []string{"0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056"}},
		{Name: "t10k-images-idx3-ubyte.gz", Part: source.Test, Address: fashionMNIST + "t10k-images-idx3-ubyte.gz", Size: 4422102, SHA256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", Also: []string{"cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa"}},
		{Name: "t10k-labels-idx1-ubyte.gz", Part: source.Test, Address: fashionMNIST + "t10k-labels-idx1-ubyte.gz", Size: 5148, SHA256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", Also: []string{"8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05"}},
	},
	Columns: []column.Field{
		column.Tensor("image", column.Uint8, 28, 28, 1),
		label("label", "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
	},
	Rows: map[string]int{source.Train: 60000, source.Test: 10000},
}

func init() {
	fashion.files = func(ctx context.Context, files []string, part string, wants []source.Want) iter.Seq2[arrow.Record, error] {
		return readMNIST(ctx, fashion, func(name string) ([]byte, error) {
			return os.ReadFile(files[slices.IndexFunc(fashion.Files, func(f File) bool { return f.Name == name })])
		}, part, wants)
	}
}

var _ = add(fashion)
