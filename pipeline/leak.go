package pipeline

import (
	"context"
	"fmt"
	"hash/maphash"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
)

// Leakage: what is measured on a split is too good where rows of the train split are in it. Rows count as the
// same where all columns that features and targets read are. Each row is hashed, once, in memory; of data that is
// streamed, and of windows, whose rows overlap, nothing is said.

// worthTelling is the share of a split's rows from which it is told that they are in the train split too: some equal
// rows are what measured data holds by chance, as one of iris' 150.
const worthTelling = 0.05

// leaks warns of rows, and of groups, that are in two splits.
func (p *opening) leaks(ctx context.Context) error {
	if p.data.windows != nil || p.data.stream != nil {
		return nil
	}
	held := false
	for _, name := range []string{Validation, Test} {
		held = held || len(p.data.splits[name]) > 0
	}
	if !held {
		return nil
	}
	var places []int
	for _, c := range p.def.chains() {
		for _, name := range c.columns {
			if at := p.store.place(name, c.ask()); !slices.Contains(places, at) {
				places = append(places, at)
			}
		}
	}
	rows, err := p.hashes(ctx, places)
	if err != nil {
		return err
	}
	at := p.d.DeclRange
	if p.d.Split != nil {
		at = p.d.Split.DeclRange
	}
	warn := func(summary, detail string) {
		p.warnings = append(p.warnings, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: &at})
	}
	for _, name := range []string{Validation, Test} {
		if n := p.shared(rows, name); float64(n) > worthTelling*float64(len(p.data.splits[name])) {
			warn("The same rows in two splits", fmt.Sprintf("Of the %d rows of the %s split %d are in the train split too, features and targets alike: what is measured there is too good by that. "+
				"A column that tells such rows, as `group` in `split`, keeps them together.", len(p.data.splits[name]), name, n))
		}
	}
	if s := p.d.Split; s != nil && s.Group != "" {
		groups, err := p.hashes(ctx, []int{p.store.place(s.Group, column.String)})
		if err != nil {
			return err
		}
		for _, name := range []string{Validation, Test} {
			if n := p.shared(groups, name); n > 0 { // of a source with splits of its own
				warn("The same group in two splits", fmt.Sprintf("Of the %d rows of the %s split %d are of a %s that the train split has rows of too.", len(p.data.splits[name]), name, n, s.Group))
			}
		}
	}
	return nil
}

// shared counts the rows of a split that equal one of the train split.
func (p *opening) shared(hashes []uint64, split string) int {
	rows := p.data.splits[split]
	if len(rows) == 0 {
		return 0
	}
	counts := make(map[uint64]int, len(rows))
	// Almost no row of the train split is among them: a bit for some of the hash's bits, in a set that the nearest caches
	// hold, says so without a look into the map.
	shift := 64 - bits.Len(uint(32*len(rows)))
	maybe := make([]uint64, 1<<(64-shift)/64+1)
	for _, r := range rows {
		h := hashes[r]
		counts[h]++
		maybe[h>>shift/64] |= 1 << (h >> shift % 64)
	}
	n := 0
	for _, r := range p.data.splits[Train] {
		h := hashes[r]
		if maybe[h>>shift/64]>>(h>>shift%64)&1 == 0 {
			continue
		}
		if k, ok := counts[hashes[r]]; ok {
			n += k
			delete(counts, hashes[r])
		}
	}
	return n
}

// hashes returns a hash of what each row holds in some of the columns that were read.
func (p *opening) hashes(ctx context.Context, places []int) ([]uint64, error) {
	out := make([]uint64, p.store.rows)
	seed := maphash.MakeSeed()
	err := parallel.Each(ctx, p.data.workers, len(p.store.chunks), func(_, chunk int) error {
		rows := out[p.store.starts[chunk]:][:p.store.chunks[chunk].rows]
		for _, at := range places {
			v, err := column.FromRecord(p.store.chunks[chunk].rec, at)
			if err != nil {
				return err
			}
			mixColumn(rows, v, seed)
		}
		return nil
	})
	return out, err
}

// mixColumn mixes what a column holds into the hashes of the rows.
func mixColumn(rows []uint64, v *column.Values, seed maphash.Seed) {
	const odd = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio: successive products lie far apart
	mix := func(h, x uint64) uint64 {
		h = (h ^ x) * odd
		return h ^ h>>29
	}
	n := v.Size()
	switch {
	case v.Kind == column.String || v.Kind == column.List:
		for r := range rows {
			for _, s := range v.Str[r*n : (r+1)*n] {
				rows[r] = mix(rows[r], maphash.String(seed, s))
			}
		}
	case n == 1 && v.Kind == column.Float32:
		for r, x := range unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(v.F32))), len(v.F32)) {
			rows[r] = mix(rows[r], uint64(x))
		}
	case n == 1 && v.Kind == column.Int32:
		for r, x := range v.I32 {
			rows[r] = mix(rows[r], uint64(x))
		}
	default:
		b := bytesOf(v)
		size := n * v.Kind.Bytes()
		for r := range rows {
			rows[r] = mix(rows[r], maphash.Bytes(seed, b[r*size:(r+1)*size]))
		}
	}
}

// bytesOf is the memory of numbers.
func bytesOf(v *column.Values) []byte {
	at, n := unsafe.Pointer(nil), v.Len()*v.Kind.Bytes()
	switch v.Kind {
	case column.Uint8:
		at = unsafe.Pointer(unsafe.SliceData(v.U8))
	case column.Int32:
		at = unsafe.Pointer(unsafe.SliceData(v.I32))
	case column.Int64:
		at = unsafe.Pointer(unsafe.SliceData(v.I64))
	case column.Float32:
		at = unsafe.Pointer(unsafe.SliceData(v.F32))
	}
	return unsafe.Slice((*byte)(at), n)
}
