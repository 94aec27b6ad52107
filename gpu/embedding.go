package gpu

import (
	"encoding/binary"
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(bindEmbedding, "Layer")
	_ = register(bindEmbeddingGrad, "Layer", "Rows")
	_ = register(bindAdamRows, "Beta1", "Beta2", "Epsilon", "AMSGrad")
	_ = register(bindOneHot, "Classes", "To")
)

type embeddingParams struct {
	indices, table, dy, out, faults Ptr
	n                               int64
	rows, size, ints                int32
	step                            uint32
}

func (b *Bound) lookup(indices Mem, rows, size int) embeddingParams {
	p := embeddingParams{indices: indices.Ptr, faults: b.faults, n: int64(indices.Elems()), rows: int32(rows), size: int32(size), step: uint32(b.step)}
	if indices.DType == op.Int32 {
		p.ints = 1
	}
	return p
}

func bindEmbedding(d op.Embedding, b *Bound) error {
	indices, table := b.In[0], b.In[1].Shape
	p := b.lookup(indices, table[0], table[1])
	p.table, p.out = b.In[1].Ptr, b.Out[0].Ptr
	each(b, "embedding", b.Out[0].Elems(), p)
	b.fault = func(position int, read func(m Mem) ([]byte, error)) error {
		bytes, err := read(indices)
		if err != nil {
			return err
		}
		bits := binary.LittleEndian.Uint32(bytes[4*position:])
		e := &op.IndexError{Layer: d.Layer, Rows: table[0], Index: float64(math.Float32frombits(bits)), Position: make([]int, len(indices.Shape))}
		if indices.DType == op.Int32 {
			e.Index = float64(int32(bits))
		}
		for a, rest := len(indices.Shape)-1, position; a >= 0; a-- {
			e.Position[a], rest = rest%indices.Shape[a], rest/indices.Shape[a]
		}
		return e
	}
	return nil
}

// gatherRows launches the gradient of a table of which rows were looked up.
func (b *Bound) gatherRows(indices, dy Mem, out Ptr, rows, size int) {
	b.fill(out, rows*size, 0)
	p := b.lookup(indices, rows, size)
	p.dy, p.out = dy.Ptr, out
	if n := int(p.n); n > 0 && size > 0 {
		launch(b, "embedding_grad", [3]int{(n + 7) / 8, 1, 1}, threads, p)
	}
}

func bindEmbeddingGrad(d op.EmbeddingGrad, b *Bound) error {
	b.gatherRows(b.In[0], b.In[1], b.Out[0].Ptr, d.Rows, b.Out[0].Shape[1])
	return nil
}

// bindAdamRows makes the gradient of the whole table first.
func bindAdamRows(d op.AdamRows, b *Bound) error {
	table := b.In[0]
	dense := b.temporary(table.Elems())
	b.gatherRows(b.In[1], b.In[2], dense, table.Shape[0], table.Shape[1])
	all := b.In
	b.In = append([]Mem{table, {Ptr: dense, Spec: table.Spec}}, all[3:]...)
	err := bindAdam(d.Adam, b)
	b.In = all
	return err
}

func bindOneHot(d op.OneHot, b *Bound) error {
	labels := b.In[0]
	p := b.lookup(labels, d.Classes, d.Classes)
	p.out = b.Out[0].Ptr
	each(b, "one_hot", b.Out[0].Elems(), p)
	b.fault = b.label(labels, d.Classes)
	return nil
}

// label makes what a kernel says of a label that is no class.
func (b *Bound) label(labels Mem, classes int) func(position int, read func(m Mem) ([]byte, error)) error {
	return func(position int, read func(m Mem) ([]byte, error)) error {
		bytes, err := read(labels)
		if err != nil {
			return err
		}
		return &op.LabelError{Label: int32(binary.LittleEndian.Uint32(bytes[4*position:])), Classes: classes, Position: position, Labels: labels.Elems()}
	}
}
