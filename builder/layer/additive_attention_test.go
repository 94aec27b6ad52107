package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "additive_attention", In: two, Out: shape.Shape{4, 5}},
	layertest.Case{Type: "additive_attention", Body: "use_scale = false\nuse_causal_mask = true", In: three, Out: shape.Shape{4, 3}},
	layertest.Case{Type: "additive_attention", Name: "masked", Body: "dropout = 0.3\nseed = 2", In: two, Mask: left, Masks: true, Out: shape.Shape{4, 5}},
	layertest.Case{Type: "additive_attention", In: layertest.Ins(shape.Shape{4, 5}, shape.Shape{6, 4}), Says: "as many features"},
)
