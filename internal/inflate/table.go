package inflate

import "io"

// A table tells the symbol of the next bits: an entry is
//
//	bits 0 to 3    the length of the code; 0 in an entry of no code, which is 0
//	bits 4 to 7    how many extra bits follow; of a link, how many more bits tell the entry
//	bits 8 to 10   what it is: a literal, the end of the block, a link; else a length or a distance
//	bits 16 to 31  the literal, the least length or distance, or where the linked entries begin
//
// Codes that are longer than the root go through a link.
const (
	isLiteral, isEnd, isLink = 1 << 8, 1 << 9, 1 << 10

	litRoot, distRoot = 11, 8
	// The sizes are powers of two above what complete codes of at most 15 bits take: 2342 and 402 entries.
	litSize, distSize = 1 << 12, 1 << 9

	mostCode = 15
)

// litEntries and distEntries are the entries of the symbols, without the lengths of their codes; 0 is none.
var litEntries, distEntries = func() (lit [288]uint32, dist [32]uint32) {
	for s := range 256 {
		lit[s] = isLiteral | uint32(s)<<16
	}
	lit[256] = isEnd
	at := uint32(3)
	for s := 257; s < 285; s++ { // RFC 1951, 3.2.5
		extra := uint32(max(0, (s-261)/4))
		lit[s] = extra<<4 | at<<16
		at += 1 << extra
	}
	lit[285] = 258 << 16
	at = 1
	for s := range 30 {
		extra := uint32(max(0, s/2-1))
		dist[s] = extra<<4 | at<<16
		at += 1 << extra
	}
	return lit, dist
}()

// build makes the table of a code, given the lengths of its symbols' codes. A code of a single symbol may be incomplete.
func build(table []uint32, root int, lengths []uint8, entries []uint32) error {
	var count [mostCode + 1]int
	for _, l := range lengths {
		count[l]++
	}
	total := len(lengths) - count[0]
	clear(table)
	if total == 0 {
		return nil // using it is an error
	}
	left := 1
	for l := 1; l <= mostCode; l++ {
		if left = 2*left - count[l]; left < 0 {
			return ErrCorrupt
		}
	}
	if left > 0 && !(total == 1 && count[1] == 1) {
		return ErrCorrupt
	}
	var next [mostCode + 2]uint32
	for l := 1; l <= mostCode; l++ {
		next[l+1] = (next[l] + uint32(count[l])) << 1
	}
	var codes [288]uint32 // turned around
	deepest := map[uint32]int{}
	for s, l := range lengths {
		if l == 0 {
			continue
		}
		codes[s] = reverse(next[l], int(l))
		next[l]++
		if int(l) > root {
			prefix := codes[s] & (1<<root - 1)
			deepest[prefix] = max(deepest[prefix], int(l))
		}
	}
	free := uint32(1) << root
	for s, l := range lengths {
		if l == 0 || entries[s] == 0 {
			continue
		}
		e, n := entries[s]|uint32(l), int(l)
		if n <= root {
			for k := codes[s]; k < 1<<root; k += 1 << n {
				table[k] = e
			}
			continue
		}
		prefix := codes[s] & (1<<root - 1)
		more := deepest[prefix] - root
		if table[prefix] == 0 {
			table[prefix] = isLink | uint32(more)<<4 | free<<16
			free += 1 << more
		}
		part := table[table[prefix]>>16:][:1<<more]
		for k := codes[s] >> root; k < 1<<more; k += 1 << (n - root) {
			part[k] = e
		}
	}
	return nil
}

// fixed takes the codes that every decompressor knows.
func (r *Reader) fixed() error {
	var lengths [288]uint8
	for s := range lengths {
		switch {
		case s < 144 || s >= 280:
			lengths[s] = 8
		case s < 256:
			lengths[s] = 9
		default:
			lengths[s] = 7
		}
	}
	if err := build(r.lit[:], litRoot, lengths[:], litEntries[:]); err != nil {
		return err
	}
	var dists [32]uint8
	for s := range dists {
		dists[s] = 5
	}
	return build(r.dist[:], distRoot, dists[:], distEntries[:])
}

// codeOrder is the order in which the lengths of the code lengths' codes come.
var codeOrder = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads the codes of a block.
func (r *Reader) dynamic() error {
	head, err := r.take(14)
	if err != nil {
		return err
	}
	lits, dists, n := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if lits > 286 || dists > 30 {
		return ErrCorrupt
	}
	var of [19]uint8
	for _, s := range codeOrder[:n] {
		v, err := r.take(3)
		if err != nil {
			return err
		}
		of[s] = uint8(v)
	}
	var entries [19]uint32
	for s := range entries {
		entries[s] = isLiteral | uint32(s)<<16
	}
	var table [1 << 7]uint32
	if err := build(table[:], 7, of[:], entries[:]); err != nil {
		return err
	}
	var lengths [286 + 30]uint8
	for at := 0; at < lits+dists; {
		s, err := r.lengthSymbol(&table)
		if err != nil {
			return err
		}
		if s < 16 {
			lengths[at] = uint8(s)
			at++
			continue
		}
		var v uint8
		extra, least := uint(7), 11
		switch s {
		case 16:
			if at == 0 {
				return ErrCorrupt
			}
			v, extra, least = lengths[at-1], 2, 3
		case 17:
			extra, least = 3, 3
		}
		more, err := r.take(extra)
		if err != nil {
			return err
		}
		times := least + int(more)
		if at+times > lits+dists {
			return ErrCorrupt
		}
		for range times {
			lengths[at] = v
			at++
		}
	}
	if lengths[256] == 0 {
		return ErrCorrupt // the block would have no end
	}
	if err := build(r.lit[:], litRoot, lengths[:lits], litEntries[:]); err != nil {
		return err
	}
	return build(r.dist[:], distRoot, lengths[lits:lits+dists], distEntries[:])
}

// lengthSymbol reads a symbol of the code of code lengths, which has at most 7 bits.
func (r *Reader) lengthSymbol(table *[1 << 7]uint32) (int, error) {
	for r.n < 7 && r.pos < len(r.in) {
		r.bits |= uint64(r.in[r.pos]) << r.n
		r.pos++
		r.n += 8
	}
	e := table[r.bits&127]
	switch {
	case uint(e&15) > r.n || e == 0 && r.n < 7:
		return 0, io.ErrUnexpectedEOF
	case e == 0:
		return 0, ErrCorrupt
	}
	r.bits >>= e & 15
	r.n -= uint(e & 15)
	return int(e >> 16), nil
}
