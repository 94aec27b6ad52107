package datasets

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

var cifar100 = &Set{
	Name:    "cifar100",
	Summary: "Photographs of a hundred kinds of things in twenty groups: 60,000 colour images of 32 by 32 pixels (Krizhevsky, 2009).",
	Home:    "https://www.cs.toronto.edu/~kriz/cifar.html",
	Licence: "none stated; Alex Krizhevsky, Vinod Nair, Geoffrey Hinton",
	Files: []File{{
		Name:    "cifar-100-binary.tar.gz",
		Address: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
		SHA256:  "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
	}},
	Columns: []column.Field{
		column.Tensor("image", column.Uint8, 32, 32, 3),
		label("label", fineCIFAR...),
		label("coarse_label", coarseCIFAR...),
	},
	Rows: map[string]int{source.Train: 50000, source.Test: 10000},
}

func init() {
	cifar100.files = cifar(cifar100, []string{"coarse_label", "label"}, map[string]string{source.Train: "train", source.Test: "test"})
}

var _ = add(cifar100)

// The classes in the order of their numbers, which is alphabetical.
var (
	fineCIFAR = []string{
		"apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle",
		"bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle",
		"chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur",
		"dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard",
		"lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain",
		"mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
		"plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket",
		"rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider",
		"squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor",
		"train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
	}
	coarseCIFAR = []string{
		"aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables", "household_electrical_devices",
		"household_furniture", "insects", "large_carnivores", "large_man-made_outdoor_things", "large_natural_outdoor_scenes",
		"large_omnivores_and_herbivores", "medium_mammals", "non-insect_invertebrates", "people", "reptiles", "small_mammals",
		"trees", "vehicles_1", "vehicles_2",
	}
)
