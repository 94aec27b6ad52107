package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "lambda", Body: `function = ops::exp(previous) * 2 + 1`, In: layertest.In(3, 4), Out: shape.Shape{3, 4}},
	layertest.Case{Type: "lambda", Body: `function = ops::split(previous, 2, { axis = -1 })`, In: layertest.In(3, 4), Out: shape.Shape{3, 2}, More: []shape.Shape{{3, 2}}},
	layertest.Case{Type: "lambda", Body: "function = previous\nmask = ops::sum(previous, { axis = -1 }) != 0", In: layertest.In(3, 4), Out: shape.Shape{3, 4}, Masks: true},
	layertest.Case{Type: "lambda", Body: `function = previous * 2`, In: layertest.Ints(5), Out: shape.Shape{5}, OutDType: shape.Int32, NoGrad: []int{0}},
	layertest.Case{Type: "lambda", Body: `function = ops::sum(previous)`, In: layertest.In(3), Says: "first axis of a layer's output is the batch: ops::broadcast_to", Arg: "function"},
	layertest.Case{Type: "lambda", Body: `function = ops::broadcast_to(ops::sum(previous), [null, 1])`, In: layertest.In(3), Out: shape.Shape{1}},
	layertest.Case{Type: "lambda", Body: `function = ops::transpose(previous)`, In: layertest.In(3), Says: "ops::moveaxis(x, 1, 0)", Arg: "function"},
	layertest.Case{Type: "lambda", Body: `function = ops::moveaxis(ops::transpose(previous), 1, 0)`, In: layertest.In(3), Out: shape.Shape{3}},
	layertest.Case{Type: "lambda", Body: `function = ops::concatenate([previous, previous], { axis = 0 })`, In: layertest.In(3), Says: "several rows for each example", Arg: "function"},
	layertest.Case{Type: "lambda", Body: "function = previous\nmask = previous > 0", In: layertest.In(3, 4), Says: "one number for each step", Arg: "mask"},
	layertest.Case{Type: "lambda", Body: `function = previous + ops::ones([5])`, In: layertest.In(3), Says: "do not fit together", Arg: "function"},
)
