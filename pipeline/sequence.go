package pipeline

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/dlrun/dlrun/internal/kernel/philox"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
	"github.com/dlrun/dlrun/pipeline/shards"
)

// sequence is the order in which the rows of an epoch are delivered.
type sequence interface {
	len() int

	// next returns the rows from and to of the order, in dst where they do not lie anywhere yet. It is called by
	// one goroutine, with ranges that follow each other. After it, the lanes' rows can be gathered.
	next(ctx context.Context, dst []int32, from, to int) ([]int32, error)

	// done says that the rows of a range have been gathered.
	done(from, to int)

	// close lets go of what is held.
	close()
}

// inMemory is the order of rows in memory: any of them may come at any time.
type inMemory []int32

func (h inMemory) len() int { return len(h) }

func (h inMemory) next(_ context.Context, _ []int32, from, to int) ([]int32, error) {
	return h[from:to:to], nil
}
func (h inMemory) done(int, int) {}
func (h inMemory) close()        {}

// A streamed epoch goes through the data in stretches of a few shards. Shuffled, the shards are put in a random
// order and cut into stretches, and the rows of a stretch are put in a random order: a buffer's worth of rows out
// of shards from everywhere. All of it is a function of (seed, epoch) and of how long a stretch is, so an epoch
// can be continued at any batch. While a stretch is gathered from, the next one is brought into memory; those
// before it leave it.

// stretchShare is how much of the memory limit a stretch may take: three are there at a time, for a moment.
const stretchShare = 4

// maxStretch is as long as a stretch becomes, in bytes: the same on all machines that have some memory, so that
// the order is too.
const maxStretch = 256 << 20

// stretch is some shards and the rows of the split in them.
type stretch struct {
	shards   []int32
	from, to int // the places of its rows in the order
	rows     []int32
	left     atomic.Int64 // rows that have not been gathered
	ready    chan error   // nil before it is being brought into memory
	err      error
	waited   bool
}

// streamed is the order of streamed rows.
type streamed struct {
	d         *Data
	lanes     []laneMaker
	weights   []*column.Chunks
	code      uint8
	key       *philox.Key // of the shuffling; nil where rows come in their own order
	stretches []*stretch
	n         int
	at        int // the stretch that was asked for last
	ctx       context.Context
	cancel    context.CancelFunc
}

// stretchBytes is how long a stretch is.
func (d *Data) stretchBytes() int64 { return max(1<<20, min(maxStretch, d.limit/stretchShare)) }

// shardBytes is how much of the memory a shard takes for training.
func (d *Data) shardBytes(shard int) int64 {
	n := int64(0)
	for _, rows := range []*shards.Rows{d.stream.read, d.stream.made} {
		if rows != nil {
			n += rows.Bytes(shard)
		}
	}
	return n
}

// streamed begins the order of a split, from a place on.
func (d *Data) streamed(o BatchOptions, lanes []laneMaker, weights []*column.Chunks, from int) *streamed {
	s := &streamed{d: d, lanes: lanes, weights: weights, code: uint8(codeOf(o.Split))}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var all []int32
	for i, counts := range d.stream.counts {
		if counts[s.code] > 0 {
			all = append(all, int32(i))
		}
	}
	if o.Shuffle {
		key := philox.NewKey(uint64(d.seed)).Derive(streamShuffle).Derive(uint64(o.Epoch))
		philox.Shuffle(all, key)
		s.key = &key
	}
	limit, used := d.stretchBytes(), int64(0)
	for _, shard := range all {
		size := d.shardBytes(int(shard))
		if used += size; len(s.stretches) == 0 || used > limit {
			s.stretches, used = append(s.stretches, &stretch{from: s.n, to: s.n}), size
		}
		w := s.stretches[len(s.stretches)-1]
		w.shards = append(w.shards, shard)
		s.n += int(d.stream.counts[shard][s.code])
		w.to = s.n
	}
	for _, w := range s.stretches {
		w.left.Store(int64(max(0, w.to-max(w.from, from))))
	}
	return s
}

func (s *streamed) len() int { return s.n }

// load brings a stretch into memory, in the background.
func (s *streamed) load(i int) {
	if i >= len(s.stretches) || s.stretches[i].ready != nil {
		return
	}
	w := s.stretches[i]
	w.ready = make(chan error, 1)
	go func() { w.ready <- s.bring(i, w) }()
}

func (s *streamed) bring(i int, w *stretch) error {
	for _, shard := range w.shards {
		start := s.d.chunks.starts[shard]
		for r, code := range s.d.stream.codes[start:s.d.chunks.starts[shard+1]] {
			if code == s.code {
				w.rows = append(w.rows, start+int32(r))
			}
		}
	}
	if s.key != nil {
		philox.Shuffle(w.rows, s.key.Derive(uint64(i)))
	}
	for _, shard := range w.shards {
		s.d.stream.read.Ahead(int(shard))
		if s.d.stream.made != nil {
			s.d.stream.made.Ahead(int(shard))
		}
	}
	return parallel.Each(s.ctx, s.d.workers, len(w.shards), func(_, k int) error {
		shard := int(w.shards[k])
		for _, lm := range s.lanes {
			v, err := lm.at.rows.Column(shard, lm.at.column)
			if err != nil {
				return err
			}
			lm.chunks.Put(shard, v)
		}
		for k, lw := range s.d.weights {
			v, err := lw.at.rows.Column(shard, lw.at.column)
			if err != nil {
				return err
			}
			s.weights[k].Put(shard, v)
		}
		return nil
	})
}

func (s *streamed) next(ctx context.Context, dst []int32, from, to int) ([]int32, error) {
	for s.stretches[s.at].to <= from {
		s.at++
	}
	dst = dst[:0]
	for i := s.at; from < to; i++ {
		w := s.stretches[i]
		if !w.waited {
			s.load(i)
			s.load(i + 1)
			select {
			case w.err = <-w.ready:
				w.waited = true
			case <-ctx.Done():
				return dst, ctx.Err()
			}
		}
		if w.err != nil {
			return dst, w.err
		}
		upTo := min(to, w.to)
		dst = append(dst, w.rows[from-w.from:upTo-w.from]...)
		from = upTo
	}
	return dst, nil
}

func (s *streamed) done(from, to int) {
	i, _ := slices.BinarySearchFunc(s.stretches, from, func(w *stretch, from int) int {
		if w.to <= from {
			return -1
		}
		return 1
	})
	for ; from < to; i++ {
		w := s.stretches[i]
		upTo := min(to, w.to)
		if w.left.Add(int64(from-upTo)) == 0 {
			s.drop(w)
		}
		from = upTo
	}
}

// drop takes a stretch out of memory.
func (s *streamed) drop(w *stretch) {
	none := new(column.Values)
	w.rows = nil
	for _, shard := range w.shards {
		for _, lm := range s.lanes {
			lm.chunks.Put(int(shard), none)
		}
		for _, c := range s.weights {
			c.Put(int(shard), none)
		}
		s.d.stream.read.Release(int(shard))
		if s.d.stream.made != nil {
			s.d.stream.made.Release(int(shard))
		}
	}
}

func (s *streamed) close() {
	s.cancel()
	for _, w := range s.stretches {
		if w.ready != nil && !w.waited {
			<-w.ready // what it says no longer matters
		}
		if w.ready != nil && w.left.Load() > 0 {
			s.drop(w)
		}
	}
}
