package pipeline

import (
	"math"
	"slices"

	"github.com/dlrun/dlrun/internal/kernel/philox"
	"github.com/dlrun/dlrun/pipeline/augment"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/transform"
)

// byteLane takes rows of bytes, images, through links that map elements by themselves or move them about.
// All that the former do to a byte is known beforehand, a number for each of 256 and each channel, worked
// out by the links themselves. So the latter move bytes, a quarter of the memory, and a last pass looks
// the numbers up: the very bits that the links one after the other would give.
type byteLane struct {
	shape  []int
	moves  []byteMove
	tables [][256]float32 // of each channel; one where they are all the same
}

type byteMove struct {
	augment.Mover
	fill uint8
	key  philox.Key
}

// maxChannels is how many channels have tables of their own.
const maxChannels = 16

// newByteLane returns nil where the links or the rows are others.
func newByteLane(in column.Field, links []*link, keys []philox.Key) *byteLane {
	if in.Kind != column.Uint8 || len(in.Shape) == 0 || len(links) == 0 || links[len(links)-1].out.Kind != column.Float32 {
		return nil
	}
	b := &byteLane{shape: in.Shape}
	channels := in.Shape[len(in.Shape)-1]
	if channels > 256 {
		return nil
	}
	// Pixel v of as few images as hold 256 has v in all channels.
	n := in.Size() / channels
	v := column.Make(column.Uint8, in.Shape, (255+n)/n)
	for i := range v.U8 {
		v.U8[i] = uint8(min(255, i/channels))
	}
	for i, l := range links {
		if l.augment != nil {
			m, ok := l.augment.(augment.Mover)
			if !ok {
				return nil
			}
			fill := byteOf(v, channels, m.Fill())
			if fill < 0 {
				return nil
			}
			b.moves = append(b.moves, byteMove{m, uint8(fill), keys[i]})
			continue
		}
		t, ok := l.transform.(transform.Elementwise)
		if !ok || !t.ByChannel(l.in) || !slices.Equal(l.out.Shape, in.Shape) {
			return nil
		}
		next := column.Make(l.out.Kind, l.out.Shape, v.Rows)
		if l.transform.Apply(next, v) != nil {
			return nil
		}
		v = next
	}
	same := true
	b.tables = make([][256]float32, channels)
	for c := range b.tables {
		for x := range 256 {
			b.tables[c][x] = v.F32[x*channels+c]
			same = same && math.Float32bits(b.tables[c][x]) == math.Float32bits(b.tables[0][x])
		}
	}
	if same {
		b.tables = b.tables[:1]
	}
	if len(b.tables) > maxChannels {
		return nil
	}
	return b
}

// byteOf is the byte that stands for a number in all channels, or -1.
func byteOf(v *column.Values, channels int, number float32) int {
	for x := range 256 {
		all := true
		for i := x * channels; i < (x+1)*channels && all; i++ {
			if v.Kind == column.Uint8 {
				all = float32(v.U8[i]) == number
			} else {
				all = v.Kind == column.Float32 && math.Float32bits(v.F32[i]) == math.Float32bits(number)
			}
		}
		if all {
			return x
		}
	}
	return -1
}

// fill makes the lane's rows of a batch.
func (l *byteLane) fill(b *laneBuffer, chunks *column.Chunks, at []column.Position, rows []int32) {
	n := column.Size(l.shape)
	b.out.Reset(column.Float32, l.shape, len(at))
	for i := range b.scratch {
		b.scratch[i].Reset(column.Uint8, l.shape, 1)
	}
	for r, p := range at {
		src := chunks.Bytes(p)
		for i, m := range l.moves {
			b.draw.Reset(m.key.Derive(uint64(rows[r])))
			dst := b.scratch[i%2].U8
			m.Move(dst, src, l.shape, &b.draw, m.fill)
			src = dst
		}
		l.look(b.out.F32[r*n:(r+1)*n], src)
	}
}

// look turns bytes into numbers.
func (l *byteLane) look(dst []float32, src []uint8) {
	switch len(l.tables) {
	case 1:
		t := &l.tables[0]
		dst = dst[:len(src)]
		for i, x := range src {
			dst[i] = t[x]
		}
	case 3:
		t0, t1, t2 := &l.tables[0], &l.tables[1], &l.tables[2]
		for len(src) >= 3 && len(dst) >= 3 {
			dst[0], dst[1], dst[2] = t0[src[0]], t1[src[1]], t2[src[2]]
			src, dst = src[3:], dst[3:]
		}
	default:
		for len(src) > 0 {
			for c := range l.tables {
				dst[c] = l.tables[c][src[c]]
			}
			src, dst = src[len(l.tables):], dst[len(l.tables):]
		}
	}
}
