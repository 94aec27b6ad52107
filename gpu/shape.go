package gpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(bindMatMul, "TransA", "TransB")
	_ = register(bindTranspose, "Perm")
	_ = register(bindSlice, "Begin", "End")
	_ = register(bindPad, "Before", "After", "Value")
	_ = register(bindConcat, "Axis")
	_ = register(bindPlanes, "Size", "Stride", "Gap", "Before", "Positions", "Groups")
	_ = register(bindPlanesGrad, "Size", "Stride", "Gap", "Before", "Positions", "Groups", "Depth")
)

func bindMatMul(d op.MatMul, b *Bound) error {
	m, n, k := d.Sizes(b.In[0].Shape, b.In[1].Shape)
	p := matrices(b.In[0].Ptr, b.In[1].Ptr, b.Out[0].Ptr, m, n, k, d.TransA, d.TransB)
	p.batch = [2]int{1, b.In[0].Shape[0]}
	p.sa[1], p.sb[1], p.sc[1] = m*k, k*n, m*n
	if p.batch[1] > 65535 || (m+63)/64 > 65535 {
		return b.unsupported("%d products of %d rows", p.batch[1], m)
	}
	b.multiply(p)
	return nil
}

func bindTranspose(d op.Transpose, b *Bound) error {
	own := strideOf(b.In[0].Shape)
	stride := make([]int, len(own))
	for i, a := range d.Perm {
		stride[i] = own[a]
	}
	return b.move(b.Out[0], b.In[0], joinAxes(b.Out[0].Shape, stride), 0)
}

// corner is where an index lies in a dense value.
func corner(shape, at []int) int {
	first := 0
	for i, s := range strideOf(shape) {
		first += s * at[i]
	}
	return first
}

func bindSlice(d op.Slice, b *Bound) error {
	return b.move(b.Out[0], b.In[0], joinAxes(b.Out[0].Shape, strideOf(b.In[0].Shape)), corner(b.In[0].Shape, d.Begin))
}

func bindPad(d op.Pad, b *Bound) error {
	bits := math.Float32bits(float32(d.Value))
	if b.Out[0].DType == op.Int32 {
		bits = uint32(int32(d.Value))
	}
	b.fill(b.Out[0].Ptr, b.Out[0].Elems(), bits)
	return b.scatter(b.Out[0], b.In[0], joinAxes(b.In[0].Shape, strideOf(b.Out[0].Shape)), corner(b.Out[0].Shape, d.Before))
}

func bindConcat(d op.Concat, b *Bound) error {
	at := make([]int, len(b.Out[0].Shape))
	for _, in := range b.In {
		if in.Elems() > 0 {
			if err := b.scatter(b.Out[0], in, joinAxes(in.Shape, strideOf(b.Out[0].Shape)), corner(b.Out[0].Shape, at)); err != nil {
				return err
			}
		}
		at[d.Axis] += in.Shape[d.Axis]
	}
	return nil
}

// planePlaces are the axes [batch, positions, height, width, groups, channels of a group] of the positions from the first to the last whose
// place t below the window is a plane of x, with their strides in the images and in x, and where they begin in both. There may be none.
func planePlaces(o op.Planes, t int, x []int) (size, image, volume []int, firstImage, firstVolume, positions int) {
	var among []int
	for p := range o.Positions {
		if _, ok := o.Plane(p, t, x[1]); ok {
			among = append(among, p)
		}
	}
	if len(among) == 0 {
		return nil, nil, nil, 0, 0, 0
	}
	each := x[4] / o.Groups
	size = []int{x[0], len(among), x[2], x[3], o.Groups, each}
	images := strideOf([]int{x[0], o.Positions, x[2], x[3], o.Groups, o.Size, each})
	volumes := strideOf([]int{x[0], x[1], x[2], x[3], o.Groups, each})
	d, _ := o.Plane(among[0], t, x[1])
	firstImage, firstVolume = among[0]*images[1]+t*images[5], d*volumes[1]
	image = append(images[:5:5], images[6])
	volumes[1] *= o.Stride
	return size, image, volumes, firstImage, firstVolume, len(among)
}

// dense is temporary memory for a value of a shape.
func (b *Bound) dense(shape []int) Mem {
	s := op.Spec{DType: op.Float32, Shape: shape}
	return Mem{b.temporary(s.Elems()), s}
}

func bindPlanes(o op.Planes, b *Bound) error {
	b.fill(b.Out[0].Ptr, b.Out[0].Elems(), 0)
	part := b.dense(b.In[0].Shape) // positions that have a plane are no more than planes
	for t := range o.Size {
		size, image, volume, to, from, n := planePlaces(o, t, b.In[0].Shape)
		if n == 0 {
			continue
		}
		if err := b.move(part, b.In[0], joinAxes(size, volume), from); err != nil {
			return err
		}
		part := Mem{part.Ptr, op.Spec{DType: op.Float32, Shape: size}}
		if err := b.scatter(b.Out[0], part, joinAxes(size, image), to); err != nil {
			return err
		}
	}
	return nil
}

func bindPlanesGrad(o op.PlanesGrad, b *Bound) error {
	x := b.Out[0]
	b.fill(x.Ptr, x.Elems(), 0)
	part, sum := b.dense(x.Shape), b.dense(x.Shape)
	for t := range o.Size {
		size, image, volume, from, to, n := planePlaces(o.Planes, t, x.Shape)
		if n == 0 {
			continue
		}
		if err := b.move(part, b.In[0], joinAxes(size, image), from); err != nil {
			return err
		}
		b.fill(sum.Ptr, sum.Elems(), 0)
		part := Mem{part.Ptr, op.Spec{DType: op.Float32, Shape: size}}
		if err := b.scatter(sum, part, joinAxes(size, volume), to); err != nil {
			return err
		}
		each(b, "binary", x.Elems(), binaryParams{a: x.Ptr, b: sum.Ptr, out: x.Ptr, n: int64(x.Elems()), same: 1})
	}
	return nil
}
