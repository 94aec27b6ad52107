package layer_test

import (
	"github.com/dlrun/dlrun/builder/layer/layertest"
	"github.com/dlrun/dlrun/builder/shape"
)

var _ = layertest.Add(
	layertest.Case{Type: "einsum_dense", Name: "lora", Body: "equation = \"abc,cde->abde\"\noutput_shape = [null, 2, 3]\nbias_axes = \"e\"\nlora_rank = 2\nlora_alpha = 1", In: layertest.In(3, 4), Out: shape.Shape{3, 2, 3}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"ab,bc->ac\"\noutput_shape = 4\nbias_axes = \"c\"", In: layertest.In(3), Out: shape.Shape{4}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,cde->abde\"\noutput_shape = [null, 2, 4]\nbias_axes = \"de\"\nactivation = \"relu\"", In: layertest.In(3, 5), Out: shape.Shape{3, 2, 4}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,cde->abde\"\noutput_shape = [3, 2, 4]\nbias_axes = \"e\"", In: layertest.In(3, 5), Out: shape.Shape{3, 2, 4}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,cde->abde\"\noutput_shape = [3, 2, 4]\nbias_axes = \"be\"", In: layertest.In(3, 5), Out: shape.Shape{3, 2, 4}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abcd,cde->abe\"\noutput_shape = [null, 4]", In: layertest.In(3, 2, 5), Out: shape.Shape{3, 4}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abcd,dce->abe\"\noutput_shape = [null, 4]", In: layertest.In(3, 2, 5), Out: shape.Shape{3, 4}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,bd->adc\"\noutput_shape = [4, null]\nbias_axes = \"d\"", In: layertest.In(3, 5), Out: shape.Shape{4, 5}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,cd->ad\"\noutput_shape = 4", In: layertest.In(3, 5), Out: shape.Shape{4}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"...x, xy -> ...y\"\noutput_shape = 4\nbias_axes = \"y\"", In: layertest.In(2, 3, 5), Out: shape.Shape{2, 3, 4}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"ab...,bc->ac...\"\noutput_shape = 4\nbias_axes = \"c\"", In: layertest.In(5, 2, 3), Out: shape.Shape{4, 2, 3}},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"ab,c->abc\"\noutput_shape = [null, 4]", In: layertest.In(3), Out: shape.Shape{3, 4}},

	layertest.Case{Type: "einsum_dense", Body: "equation = \"ab,bc\"\noutput_shape = 4", In: layertest.In(3), Says: "an equation has the form"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"...ab,bc->ac...\"\noutput_shape = 4", In: layertest.In(3), Says: "an equation has the form"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"aab,bc->aac\"\noutput_shape = 4", In: layertest.In(3), Says: "stands twice"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"ab,bc->ca\"\noutput_shape = 4", In: layertest.In(3), Says: "is the batch"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"ab,bc->ad\"\noutput_shape = 4", In: layertest.In(3), Says: "neither in the input"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"ab,bcd->ac\"\noutput_shape = 4", In: layertest.In(3), Says: "'d' of the kernel"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,bcd->abd\"\noutput_shape = [null, 4]", In: layertest.In(3, 5), Says: "not in this version"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"ab,bc->ac\"\noutput_shape = 4\nbias_axes = \"b\"", In: layertest.In(3), Says: "letters of the output"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,cd->abd\"\noutput_shape = 4", In: layertest.In(3, 2), Arg: "output_shape", Says: "2 sizes"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,cd->abd\"\noutput_shape = [4, 4]", In: layertest.In(3, 2), Arg: "output_shape", Says: "4 in the output and 3"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,cd->abd\"\noutput_shape = [null, null]", In: layertest.In(3, 2), Arg: "output_shape", Says: "size of axis \"d\""},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,cd->abd\"\noutput_shape = [null, 0]", In: layertest.In(3, 2), Arg: "output_shape", Says: "at least 1"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"abc,cd->abd\"\noutput_shape = [null, 2]", In: layertest.In(3), Arg: "equation", Says: "2 axes with the batch"},
	layertest.Case{Type: "einsum_dense", Body: "equation = \"ab,bc->ac\"\noutput_shape = 4", In: layertest.Ints(3), Says: "integers"},
)
