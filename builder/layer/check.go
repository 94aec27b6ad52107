package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/shape"
)

// The checks that the shape rules of many layers begin with.

// wantFloats refuses integers.
func wantFloats(in shape.Spec) error {
	if in.DType == shape.Int32 {
		return fmt.Errorf("this layer computes with floats, its input %s holds integers: embed or one-hot encode them, or give the input dtype = \"float32\"", in)
	}
	return nil
}

// wantRank refuses inputs that have not got the axes that are named, the batch left out.
func wantRank(in shape.Spec, axes ...string) error {
	if len(in.Shape) == len(axes) {
		return nil
	}
	list := "["
	for i, a := range axes {
		if i > 0 {
			list += ", "
		}
		list += a
	}
	return fmt.Errorf("this layer wants an input %s], got %s", list, in)
}

// wantImage refuses what is not a float image.
func wantImage(in shape.Spec) error {
	if err := wantRank(in, "height", "width", "channels"); err != nil {
		return err
	}
	return wantFloats(in)
}

// maxSize is the most elements that a weight, or an output of one example, may have.
const maxSize = 1<<31 - 1

// wantSize refuses a shape of more than maxSize elements; what names it.
func wantSize(what string, s shape.Shape) error {
	n := 1
	for _, d := range s {
		if d == shape.Unknown {
			continue
		}
		if d > 0 && n > maxSize/d {
			return fmt.Errorf("%s of shape %s would have more than %d elements", what, s, maxSize)
		}
		n *= d
	}
	return nil
}
