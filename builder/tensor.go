package builder

import (
	"fmt"
	"reflect"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/shape"
)

// Tensor is a value that flows between layers, before there is a graph: what an expression means
// by input.x or layer.x.
type Tensor struct {
	Spec  shape.Spec
	Name  string // as the user writes it: layer.conv1
	Where hcl.Range

	input int  // index of the model's input, or -1
	use   *Use // the layer use that makes it, or nil
	out   int  // which of the use's outputs

	owner *application // what `reuse` applies again
	chain *chain       // the repetition it belongs to, or nil
}

// chain is a repetition (count, for_each): its elements, in order.
type chain struct {
	last   *Tensor
	linked bool // each is fed by the one before; else they are branches
}

// from says where the tensor comes from, for messages.
func (t *Tensor) from() string {
	if t.Where.Filename == "" {
		return fmt.Sprintf("%s of shape %s", t.Name, t.Spec)
	}
	return fmt.Sprintf("%s (%s:%d) of shape %s", t.Name, t.Where.Filename, t.Where.Start.Line, t.Spec)
}

var tensorType = cty.Capsule("tensor", reflect.TypeOf(Tensor{}))

// hidden is the attribute by which an expression's result leads back to the tensor. A user cannot
// write it: it is no identifier.
const hidden = "tensor "

// value is the tensor as expressions see it: an object with shape, dtype and outputs.
func (t *Tensor) value(outputs cty.Value) cty.Value {
	dims := cty.UnknownVal(cty.List(cty.Number))
	dtype := cty.UnknownVal(cty.String)
	if t.Spec.Known {
		dims = dimsValue(t.Spec.Shape)
		dtype = cty.StringVal(string(t.Spec.DType))
	}
	attrs := map[string]cty.Value{"shape": dims, "dtype": dtype, hidden: cty.CapsuleVal(tensorType, t)}
	if outputs != cty.NilVal {
		attrs["outputs"] = outputs
	}
	return cty.ObjectVal(attrs)
}

// bare is the value of a layer or an input without its attribute outputs; of a chain, its last's. A
// repetition that is no chain keeps its elements.
func bare(v cty.Value) cty.Value {
	if t, err := tensorOf(v); err == nil {
		return t.value(cty.NilVal)
	}
	return v
}

func dimsValue(s shape.Shape) cty.Value {
	if len(s) == 0 {
		return cty.ListValEmpty(cty.Number)
	}
	dims := make([]cty.Value, len(s))
	for i, d := range s {
		dims[i] = cty.UnknownVal(cty.Number)
		if d != shape.Unknown {
			dims[i] = cty.NumberIntVal(int64(d))
		}
	}
	return cty.ListVal(dims)
}

// tensorOf reads a value that stands for one tensor: a tensor, or a chain, which stands for its last.
func tensorOf(v cty.Value) (*Tensor, error) {
	v, _ = v.UnmarkDeep()
	if !v.IsKnown() {
		return nil, fmt.Errorf("which layer this is depends on data that has not been read; it must be known beforehand")
	}
	if v.IsNull() {
		return nil, fmt.Errorf("a layer or input is wanted, got null")
	}
	ty := v.Type()
	if ty.IsObjectType() && ty.HasAttribute(hidden) {
		t, ok := v.GetAttr(hidden).EncapsulatedValue().(*Tensor)
		if !ok {
			return nil, fmt.Errorf("a layer or input is wanted")
		}
		return t, nil
	}
	if elems, ok := elements(v); ok && len(elems) > 0 {
		last, err := tensorOf(elems[len(elems)-1])
		if err == nil && last.chain != nil {
			if last.chain.linked {
				return last.chain.last, nil
			}
			return nil, fmt.Errorf("%s is one of %d branches; name one of them by its index or key, or give the whole list", last.Name, len(elems))
		}
	}
	return nil, fmt.Errorf("a layer or input is wanted (as layer.NAME or input.NAME), got %s", ty.FriendlyName())
}

func elements(v cty.Value) ([]cty.Value, bool) {
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return nil, false
	}
	var out []cty.Value
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		out = append(out, e)
	}
	return out, true
}
