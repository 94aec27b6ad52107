package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var (
	two   = layertest.Ins(shape.Shape{4, 5}, shape.Shape{6, 5})
	three = layertest.Ins(shape.Shape{4, 5}, shape.Shape{6, 3}, shape.Shape{6, 5})
)

var _ = layertest.Add(
	layertest.Case{Type: "attention", In: two, Out: shape.Shape{4, 5}},
	layertest.Case{Type: "attention", Body: "use_scale = true\nuse_causal_mask = true", In: three, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "attention", Body: "score_mode = \"concat\"\nuse_scale = true", In: three, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "attention", Body: "score_mode = \"concat\"\ndropout = 0.3\nseed = 2", In: two, Out: shape.Shape{4, 5}},
	layertest.Case{Type: "attention", Body: "dropout = 0.3\ntraining = true", In: two, Out: shape.Shape{4, 5}},
	layertest.Case{Type: "attention", Name: "masked", In: two, Mask: left, Masks: true, Out: shape.Shape{4, 5}},
	layertest.Case{Type: "attention", Body: "score_mode = \"cosine\"", In: two, Says: "score_mode"},
	layertest.Case{Type: "attention", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{6, 4}), Says: "as many features"},
	layertest.Case{Type: "attention", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{6, 5}, shape.Shape{7, 5}), Says: "differ"},
	layertest.Case{Type: "attention", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{5}), Says: "[time, features]"},
	layertest.Case{Type: "attention", In: append(layertest.Ints(4, 5), layertest.In(4, 5)...), Says: "integers"},
)
