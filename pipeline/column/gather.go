package column

// Position is where a row lies among chunks.
type Position struct{ Chunk, Row int32 }

// Chunks are rows of one kind and shape in several pieces, for reading any of them.
type Chunks struct {
	kind  Kind
	shape []int
	u8    [][]uint8
	i32   [][]int32
	i64   [][]int64
	f32   [][]float32
	str   [][]string
}

// NewChunks joins pieces, which are of the kind and shape of f, without copying them.
func NewChunks(f Field, pieces []*Values) *Chunks {
	c := &Chunks{kind: f.Kind, shape: f.Shape}
	for _, v := range pieces {
		switch f.Kind {
		case Uint8:
			c.u8 = append(c.u8, v.U8)
		case Int32:
			c.i32 = append(c.i32, v.I32)
		case Int64:
			c.i64 = append(c.i64, v.I64)
		case Float32:
			c.f32 = append(c.f32, v.F32)
		case String, List:
			c.str = append(c.str, v.Str)
		}
	}
	return c
}

// Gather fills dst with the rows at some positions.
func (c *Chunks) Gather(dst *Values, at []Position) {
	dst.Reset(c.kind, c.shape, len(at))
	n := dst.Size()
	switch c.kind {
	case Uint8:
		gather(dst.U8, c.u8, at, n)
	case Int32:
		gather(dst.I32, c.i32, at, n)
	case Int64:
		gather(dst.I64, c.i64, at, n)
	case Float32:
		gather(dst.F32, c.f32, at, n)
	case String, List:
		gather(dst.Str, c.str, at, n)
	}
}

// Bytes is the row at a position, of chunks of kind Uint8, in their own memory.
func (c *Chunks) Bytes(p Position) []uint8 {
	n := Size(c.shape)
	return c.u8[p.Chunk][int(p.Row)*n:][:n]
}

// Floats is the row at a position, of chunks of kind Float32, in their own memory.
func (c *Chunks) Floats(p Position) []float32 {
	n := Size(c.shape)
	return c.f32[p.Chunk][int(p.Row)*n:][:n]
}

// gather waits for memory, where rows come in no order: almost every one of a large set misses all
// caches. So the ends of a short row are copied for all rows before the rest is: these copies do not wait
// for each other as those of whole rows do, and leave the row in the cache.
func gather[T any](dst []T, chunks [][]T, at []Position, n int) {
	if n == 1 {
		for to, p := range at {
			dst[to] = chunks[p.Chunk][p.Row]
		}
		return
	}
	const short = 128 // elements: the processor fetches the middle of longer rows by itself
	if n <= short {
		for to, p := range at {
			row := chunks[p.Chunk][int(p.Row)*n:][:n]
			dst[to*n], dst[to*n+n-1] = row[0], row[n-1]
		}
	}
	for to, p := range at {
		copy(dst[to*n:(to+1)*n], chunks[p.Chunk][int(p.Row)*n:])
	}
}

// SparseChunks is room for n pieces of rows as f says, of which Put and Drop say which are there. What is done
// to different pieces may be done by different goroutines.
func SparseChunks(f Field, n int) *Chunks {
	c := &Chunks{kind: f.Kind, shape: f.Shape}
	switch f.Kind {
	case Uint8:
		c.u8 = make([][]uint8, n)
	case Int32:
		c.i32 = make([][]int32, n)
	case Int64:
		c.i64 = make([][]int64, n)
	case Float32:
		c.f32 = make([][]float32, n)
	case String, List:
		c.str = make([][]string, n)
	}
	return c
}

// Put sets piece i; Values of no rows leave it out.
func (c *Chunks) Put(i int, v *Values) {
	switch c.kind {
	case Uint8:
		c.u8[i] = v.U8
	case Int32:
		c.i32[i] = v.I32
	case Int64:
		c.i64[i] = v.I64
	case Float32:
		c.f32[i] = v.F32
	case String, List:
		c.str[i] = v.Str
	}
}
