package op

import "fmt"

// Planes lays the planes below a window along the depth of x [batch, depth, height, width, channels] beside each other: an image for each
// position of the window, [batch·positions, height, width, groups·size·channels/groups], in whose channels each group has those of all
// planes, one plane after the other. So a convolution of volumes is one of images. Position p has in its place t the plane
// p·Stride + t·Gap − Before, zeros where there is none.
type Planes struct {
	Size, Stride, Gap int // of the window
	Before            int // planes of padding before the first
	Positions         int
	Groups            int
}

// Kind is "planes".
func (Planes) Kind() string { return "planes" }

// Infer checks x against the groups.
func (o Planes) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	if len(s) != 5 || o.Groups < 1 || s[4]%o.Groups != 0 {
		return nil, fmt.Errorf("%v has no planes of %d groups of channels", in[0], o.Groups)
	}
	if o.Size < 1 || o.Stride < 1 || o.Gap < 1 || o.Before < 0 || o.Positions < 0 {
		return nil, fmt.Errorf("no window is %+v", o)
	}
	return []Spec{in[0].With(s[0]*o.Positions, s[2], s[3], o.Size*s[4])}, nil
}

// Wrt is true.
func (Planes) Wrt(n int) []bool { return All(n) }

// Grad adds up what each plane gave.
func (o Planes) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(PlanesGrad{o, SpecOf(in[0]).Shape[1]}, dy)}
}

// PlanesGrad is dy -> dx for x of so many planes: each is the sum of its places below the window, in their order.
type PlanesGrad struct {
	Planes
	Depth int
}

// Kind is "planes.grad".
func (PlanesGrad) Kind() string { return "planes.grad" }

// Infer is x's spec.
func (o PlanesGrad) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	if len(s) != 4 || o.Positions < 1 || s[0]%o.Positions != 0 || s[3]%o.Size != 0 {
		return nil, fmt.Errorf("%v is not of %d positions of %d planes", in[0], o.Positions, o.Size)
	}
	return []Spec{in[0].With(s[0]/o.Positions, o.Depth, s[1], s[2], s[3]/o.Size)}, nil
}

// Wrt is true: it is an operation of its own as well.
func (PlanesGrad) Wrt(n int) []bool { return All(n) }

// Grad lays the planes beside each other.
func (o PlanesGrad) Grad(g *Graph, _ []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(o.Planes, dy)}
}

// Plane is the plane of place t below the window's position p; none where it lies outside of so many.
func (o Planes) Plane(p, t, depth int) (d int, ok bool) {
	d = p*o.Stride + t*o.Gap - o.Before
	return d, d >= 0 && d < depth
}
