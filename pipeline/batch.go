package pipeline

import (
	"hash/fnv"

	"github.com/dlrun/dlrun/internal/kernel/philox"
	"github.com/dlrun/dlrun/pipeline/augment"
	"github.com/dlrun/dlrun/pipeline/column"
)

// Batch is what a step gets. It belongs to the iterator that yielded it: it and the memory of its
// tensors are used again once the iterator goes on, so what is to stay must be copied.
type Batch struct {
	Size     int      // rows
	Rows     []int32  // their numbers, or those of the windows, for Data.Blame
	Features []Tensor // in the order of Options.Features, or of the dataset
	Targets  []Tensor
	Weights  [][]float32 // nil where there are none; else for each target nil or the weights of each row, of WeightShape
}

// Tensor is a feature or target of a batch: F32 or I32 is set, rows one after the other.
type Tensor struct {
	Name  string
	Shape []int // the batch axis first
	F32   []float32
	I32   []int32
}

// buffer is the memory of one batch, with what making it needs.
type buffer struct {
	batch   Batch
	tensors []Tensor // the batch's features, then its targets
	at      []column.Position
	lanes   []laneBuffer
	index   int
	order   []int32 // room for the batch's row numbers
	err     error
	done    chan struct{}
}

// laneBuffer is the memory of one lane: the rows as they are kept, two places to work, the result.
type laneBuffer struct {
	at      []column.Position // of a window's rows
	in      column.Values
	scratch [2]column.Values
	out     column.Values
	view    column.Values
	shape   []int // of a window
	draw    augment.Draw
}

// maker makes the batches of one epoch.
type maker struct {
	d       *Data
	rows    sequence
	size    int
	augment bool
	lanes   []laneMaker
	weights []*column.Chunks // the rows of Data.weights
}

// laneMaker is a lane's links for this epoch, and the keys that augmentations draw from.
type laneMaker struct {
	*lane
	links []*link
	keys  []philox.Key // of each link
	bytes *byteLane    // instead of links; nil where it cannot be
	mix   []mixStep    // what mixes the examples of a batch
}

func (d *Data) maker(o BatchOptions) *maker {
	m := &maker{d: d, size: o.BatchSize, augment: o.Augment}
	epoch := philox.NewKey(uint64(d.seed)).Derive(streamAugment).Derive(uint64(o.Epoch))
	for _, ln := range d.lanes {
		lm := laneMaker{lane: ln}
		for _, l := range ln.tail {
			if l.augment != nil && !o.Augment {
				continue
			}
			owner, index := l.draws()
			h := fnv.New64a()
			h.Write([]byte(owner)) // never fails
			key := epoch.Derive(h.Sum64()).Derive(uint64(index))
			if x := l.mixer(); x != nil {
				lm.mix = append(lm.mix, mixStep{x, role(l.step), key})
				continue
			}
			lm.links, lm.keys = append(lm.links, l), append(lm.keys, key)
		}
		if ln.reach == nil {
			lm.bytes = newByteLane(ln.field, lm.links, lm.keys)
		}
		m.lanes = append(m.lanes, lm)
	}
	if d.stream == nil {
		rows := d.splits[o.Split]
		if o.Split == Train && o.Augment && d.classes != nil {
			rows = d.oversampled(o.Epoch)
		}
		m.rows = inMemory(order(rows, o.Shuffle, d.seed, o.Epoch))
		for _, w := range d.weights {
			m.weights = append(m.weights, column.NewChunks(column.Tensor("", column.Float32, w.shape...), w.data))
		}
		return m
	}
	pieces := len(d.chunks.starts) - 1
	for i := range m.lanes {
		own := *m.lanes[i].lane // each epoch that is going on has its own rows in memory
		own.chunks = column.SparseChunks(own.field, pieces)
		m.lanes[i].lane = &own
	}
	for _, w := range d.weights {
		m.weights = append(m.weights, column.SparseChunks(w.field, pieces))
	}
	m.rows = d.streamed(o, m.lanes, m.weights, o.Start*o.BatchSize)
	return m
}

// rowBytes is what a row takes in a buffer, work in between included.
func (m *maker) rowBytes() int64 {
	n := int64(0)
	for _, lm := range m.lanes {
		row := int64(lm.field.RowBytes())
		for _, l := range lm.links {
			row += int64(l.out.RowBytes())
		}
		n += row * int64(lm.perExample())
	}
	return n
}

// steps is the number of batches, the last of which may be smaller.
func (m *maker) steps() int { return (m.rows.len() + m.size - 1) / m.size }

func (m *maker) buffer() *buffer {
	b := &buffer{lanes: make([]laneBuffer, len(m.lanes)), done: make(chan struct{}, 1)}
	features := 0
	for _, lm := range m.lanes {
		b.tensors = append(b.tensors, Tensor{Name: lm.decl.Name, Shape: append([]int{0}, lm.shape()...)})
		if !lm.target {
			features++
		}
	}
	b.batch.Features, b.batch.Targets = b.tensors[:features:features], b.tensors[features:]
	if len(m.d.weights) > 0 {
		b.batch.Weights = make([][]float32, len(b.batch.Targets))
	}
	return b
}

// places are those of a batch's rows in the order of the epoch.
func (m *maker) places(i int) (from, to int) { return i * m.size, min(m.rows.len(), (i+1)*m.size) }

// fill makes the batch of the rows that the buffer names.
func (m *maker) fill(b *buffer) error {
	rows := b.batch.Rows
	b.batch.Size = len(rows)
	if m.d.windows == nil {
		b.at = m.d.chunks.positions(b.at[:0], rows)
	}
	for k := range m.lanes {
		at := b.at
		if r := m.lanes[k].reach; r != nil {
			b.lanes[k].at = m.d.windows.positions(b.lanes[k].at[:0], m.d.chunks, r, rows)
			at = b.lanes[k].at
		}
		if err := m.lanes[k].fill(&b.lanes[k], at, rows); err != nil {
			return err
		}
		m.lanes[k].mixed(&b.lanes[k], b.index)
		t, out := &b.tensors[k], &b.lanes[k].out
		t.Shape[0] = len(rows)
		t.F32, t.I32 = nil, nil
		if out.Kind == column.Int32 {
			t.I32 = out.I32
		} else {
			t.F32 = out.F32
		}
	}
	for k, w := range m.d.weights {
		for t := range b.batch.Targets {
			if w.target >= 0 && w.target != t {
				continue
			}
			ws := b.batch.Weights[t][:0]
			at := b.at
			if m.d.windows != nil {
				at = b.lanes[len(b.batch.Features)+t].at
			}
			for _, p := range at {
				ws = append(ws, m.weights[k].Floats(p)...)
			}
			b.batch.Weights[t] = ws
		}
	}
	return nil
}

// mixStep mixes the examples of a batch.
type mixStep struct {
	augment.Mixer
	what augment.Role
	key  philox.Key
}

// mixed mixes the examples of batch i.
func (m *laneMaker) mixed(b *laneBuffer, i int) {
	for _, s := range m.mix {
		n := b.out.Rows / m.perExample()
		b.in.Reset(column.Float32, b.out.Shape, b.out.Rows)
		copy(b.in.F32, b.out.F32)
		b.shape = b.shape[:0]
		if m.reach != nil && !m.reach.one {
			b.shape = append(b.shape, m.reach.rows)
		}
		b.shape = append(b.shape, b.out.Shape...)
		b.draw.Reset(s.key.Derive(uint64(i)))
		s.Mix(b.out.F32, b.in.F32, b.shape, n, s.what, &b.draw)
	}
}

// perExample is how many rows make an example.
func (ln *lane) perExample() int {
	if ln.reach == nil {
		return 1
	}
	return ln.reach.rows
}

// fill gathers a lane's rows and takes them through the links that are left, some at a time so that they
// stay in the nearest cache. rows are the examples' numbers.
func (m *laneMaker) fill(b *laneBuffer, at []column.Position, rows []int32) error {
	if m.bytes != nil {
		m.bytes.fill(b, m.chunks, at, rows)
		return nil
	}
	if len(m.links) == 0 {
		m.chunks.Gather(&b.out, at)
		return nil
	}
	last := m.links[len(m.links)-1]
	b.out.Reset(last.out.Kind, last.out.Shape, len(at))
	widest := m.field.RowBytes()
	for _, l := range m.links {
		widest = max(widest, l.out.RowBytes())
	}
	per := m.perExample()
	step := max(1, batchPieceBytes/max(1, widest*per))
	for from := 0; from < len(rows); from += step {
		to := min(len(rows), from+step)
		m.chunks.Gather(&b.in, at[from*per:to*per])
		b.out.View(&b.view, from*per, to*per)
		if err := m.apply(b, &b.view, rows[from:to]); err != nil {
			return err
		}
	}
	return nil
}

// batchPieceBytes is about how much of a batch is worked on at a time.
const batchPieceBytes = 64 << 10

// apply takes the rows gathered through the links.
func (m *laneMaker) apply(b *laneBuffer, out *column.Values, rows []int32) error {
	v, per := &b.in, m.perExample()
	for i, l := range m.links {
		dst := &b.scratch[i%2]
		if i == len(m.links)-1 {
			dst = out
		} else {
			dst.Reset(l.out.Kind, l.out.Shape, len(rows)*per)
		}
		if l.augment == nil {
			if err := l.transform.Apply(dst, v); err != nil {
				return err
			}
		} else {
			n, shape := v.Size()*per, v.Shape
			if m.reach != nil && !m.reach.one {
				b.shape = append(append(b.shape[:0], per), shape...)
				shape = b.shape
			}
			for r, row := range rows {
				// The number of the row, not its place in the batch: the same pixels in any batch.
				b.draw.Reset(m.keys[i].Derive(uint64(row)))
				l.augment.Apply(dst.F32[r*n:(r+1)*n], v.F32[r*n:(r+1)*n], shape, &b.draw)
			}
		}
		v = dst
	}
	return nil
}
