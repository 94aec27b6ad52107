package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
	"github.com/dlrun/dlrun/pipeline/shards"
	"github.com/dlrun/dlrun/pipeline/source"
)

// Data that is larger than the memory it may take is streamed. Decoding goes on as for data that fits, but the
// records go to the disk (package shards), and so do the rows as they are kept, where they are not the source's
// own. All later steps read a shard at a time. Of a row there stays in memory the split that it is in, a byte.
//
// Both files are found again by what they were made from: the content of the data files and how they are read,
// then the steps and what they have learned.

// stream is where the rows of streamed data are.
type stream struct {
	read   *shards.Rows // as the source gave them
	made   *shards.Rows // lanes and weights that are not the source's columns as they are; nil where all are
	codes  []uint8      // the split of each row, an index of splitNames
	counts [][]int32    // how many rows of each split a shard has
}

// splitNames are the splits in the order of their codes; rows to predict are all of the first.
var splitNames = []string{Train, Validation, Test}

// codeOf is a split's code.
func codeOf(split string) int {
	if split == Input {
		return 0
	}
	return slices.Index(splitNames, split)
}

// sourceNote is what is kept beside the rows of a source.
type sourceNote struct {
	Parts map[string][2]int `json:"parts"`
	Files []source.File     `json:"files"` // in the order of their paths
	Bytes int64             `json:"bytes"` // in memory

	Malformed []int32  `json:"malformed,omitempty"` // rows that are left out
	Found     int      `json:"found,omitempty"`     // mistakes, with the words for the first
	Notes     []string `json:"notes,omitempty"`
}

// fingerprint is the SHA-256 of a value's JSON.
func fingerprint(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// group identifies how the source is read, wherever its files are.
func (p *opening) group() (string, error) {
	args := map[string]any{}
	if p.def.sourceDecoded == nil { // rows to predict: its arguments are in it
		args["source"] = fmt.Sprintf("%T %+v", p.def.source, p.def.source)
	} else {
		args = p.def.sourceDecoded.Block.Values(nil)
		for _, name := range []string{"path", Train, Validation, Test} {
			delete(args, name)
		}
	}
	key, err := fingerprint([]any{p.o.Version, p.def.d.Source.Kind, args, p.def.source.Parts(), p.store.wants, p.bad.policy})
	return key[:min(32, len(key))], err
}

// readShards finds rows that an earlier run has decoded; false where there are none.
func (p *opening) readShards(ctx context.Context) (bool, error) {
	s := &p.store
	if p.o.CacheDir == "" {
		return false, nil
	}
	s.cache = &shards.Cache{Dir: filepath.Join(p.o.CacheDir, "decoded"), Limit: p.o.CacheLimit}
	var err error
	hasher, ok := p.def.source.(source.Hasher)
	if s.group, err = p.group(); err != nil || !ok || !s.cache.Has(s.group) {
		return false, err
	}
	var noted source.Files
	for _, part := range p.def.source.Parts() {
		if err := hasher.Hash(ctx, source.Request{Dir: p.d.Dir, Part: part, Columns: s.wants, Files: &noted, Limit: p.o.MemoryLimit, Workers: p.data.workers}); err != nil {
			return false, err
		}
	}
	key, err := contentKey(noted.List())
	if err != nil {
		return false, err
	}
	rows, err := s.cache.Find(s.group, key)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	var damaged *shards.DamagedError
	if errors.As(err, &damaged) { // and removed: they are made again
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var note sourceNote
	if err := json.Unmarshal(rows.Note, &note); err != nil {
		return false, fmt.Errorf("%s: %w", rows.Path(), err)
	}
	if note.Bytes <= p.o.MemoryLimit { // it fits this time: its order is that of data in memory
		return false, nil
	}
	for _, f := range noted.List() {
		p.data.files.Add(f)
	}
	if err := s.fromShards(rows, key, noted.List()); err != nil {
		return false, err
	}
	if p.o.Progress != nil {
		p.o.Progress("reading", s.rows)
	}
	return true, nil
}

// contentKey identifies the content of files in their order.
func contentKey(files []source.File) (string, error) {
	var sums []string
	for _, f := range files {
		sums = append(sums, f.SHA256)
	}
	return fingerprint(sums)
}

// fromShards takes rows on the disk for those that were read. files are the data files as they are now.
func (s *store) fromShards(rows *shards.Rows, key string, files []source.File) error {
	var note sourceNote
	if err := json.Unmarshal(rows.Note, &note); err != nil {
		return fmt.Errorf("%s: %w", rows.Path(), err)
	}
	rows.Remap(func(old string) string {
		for i, f := range note.Files {
			if rest, ok := strings.CutPrefix(old, f.Path); ok && i < len(files) {
				return files[i].Path + rest
			}
		}
		return old
	})
	s.shards, s.key, s.parts, s.fields = rows, key, note.Parts, rows.Fields()
	s.chunks, s.starts, s.rows, s.malformed = nil, nil, 0, note.Malformed
	s.found.Restore(note.Found, note.Notes)
	for i := range rows.Count() {
		s.chunks = append(s.chunks, chunk{rows: rows.Len(i), origin: rows.Origin(i)})
		s.starts = append(s.starts, s.rows)
		s.rows += rows.Len(i)
	}
	return nil
}

// beginSpill moves what was read so far to the disk; found is true where another run has put all there meanwhile.
func (s *store) beginSpill(ctx context.Context, progress func(string, int)) (found bool, err error) {
	waited := false
	if s.spill, err = s.cache.Begin(ctx, s.group, func(int) {
		waited = true
		if progress != nil {
			progress("waiting for another run that decodes the same data", s.rows)
		}
	}); err != nil {
		return false, err
	}
	if waited {
		if found, err = s.lookup(ctx); found || err != nil {
			err = errors.Join(err, s.spill.Close())
			s.spill = nil
			return found, err
		}
	}
	for i := range s.chunks {
		if err := s.spill.Add(s.chunks[i].rec); err != nil {
			return false, err
		}
		s.chunks[i].rec = nil
	}
	debug.FreeOSMemory() // once; what was held is to be had by others
	return false, nil
}

// endSpill ends the file and reads from it from now on.
func (s *store) endSpill(files []source.File) error {
	key, err := contentKey(files)
	if err != nil {
		return err
	}
	note := sourceNote{Parts: s.parts, Files: files, Bytes: s.bytes, Malformed: s.malformed}
	note.Found, note.Notes = s.found.Found()
	rows, err := s.spill.Commit(key, note)
	s.spill = nil
	if err != nil {
		return err
	}
	return s.fromShards(rows, key, files)
}

// release says that a chunk's rows are not read for now.
func (s *store) release(chunk int) {
	if s.shards != nil {
		s.shards.Release(chunk)
	}
}

// streamSplit is split for streamed data: the same splits, without holding more than a few bytes a row.
func (p *opening) streamSplit() error {
	st := &stream{read: p.store.shards, codes: make([]uint8, p.store.rows)}
	p.data.stream = st
	for part, r := range p.store.parts {
		code := uint8(codeOf(part))
		for i := r[0]; i < r[1]; i++ {
			st.codes[i] = code
		}
	}
	if err := p.carve(st); err != nil {
		return err
	}
	for row, bad := range p.bad.rows {
		if bad {
			st.codes[row] = noSplit
		}
	}
	p.countSplits(st)
	return nil
}

// noSplit is the code of a row that is in none.
const noSplit = 255

// countSplits counts the rows of each split.
func (p *opening) countSplits(st *stream) {
	p.data.counted, st.counts = map[string]int{}, nil
	for c, start := range p.store.starts {
		counts := make([]int32, len(splitNames))
		for _, code := range st.codes[start:][:p.store.chunks[c].rows] {
			if code != noSplit {
				counts[code]++
			}
		}
		for code, n := range counts {
			p.data.counted[splitNames[code]] += int(n)
		}
		st.counts = append(st.counts, counts)
	}
}

// carve puts rows of the train part into splits.
func (p *opening) carve(st *stream) error {
	s, train := p.d.Split, p.store.parts[Train]
	if !s.Carves() {
		return nil
	}
	sp := p.splitter()
	codes := st.codes[train[0]:train[1]]
	put := func(parts []string) {
		for i, part := range parts {
			codes[i] = uint8(codeOf(part))
		}
	}
	switch {
	case s.OrderBy != "":
		ranks, err := p.ranks(s.OrderBy)
		if err != nil {
			return err
		}
		put(sp.byRank(p.ranksOfExamples(ranks)))
	case s.Column != "":
		named, err := p.namedSplits(s.Column)
		if err != nil {
			return err
		}
		put(p.ofExamples(named, 0))
	case s.Group != "":
		return p.eachKey(func(chunk int) (*column.Values, error) { return p.store.values(chunk, s.Group, column.String) }, func(row int, key string) {
			codes[row] = uint8(codeOf(sp.ofGroup(key)))
		})
	case p.def.stratify != nil:
		c := p.def.stratify
		if c.in.Kind == column.Unknown {
			in, err := c.pack(p.field)
			if err != nil {
				return err
			}
			c.in = in
		}
		numbers, members := map[string]int{}, [][]int32(nil)
		if err := p.eachKey(func(chunk int) (*column.Values, error) { return p.raw(c, chunk, new(column.Values)) }, func(row int, key string) {
			n, ok := numbers[key]
			if !ok {
				n = len(members)
				numbers[strings.Clone(key)] = n
				members = append(members, nil)
			}
			members[n] = append(members[n], int32(row))
		}); err != nil {
			return err
		}
		for _, rows := range members {
			sp.rank(rows, func(row int32, part string) { codes[row] = uint8(codeOf(part)) })
		}
	default:
		key := sp.key()
		for i := range codes {
			codes[i] = uint8(codeOf(sp.at(unit(key.Uint64(uint64(i))))))
		}
	}
	return nil
}

// eachKey calls f with each row of the train part, counted from its first, and what it holds.
func (p *opening) eachKey(values func(chunk int) (*column.Values, error), f func(row int, key string)) error {
	train := p.store.parts[Train]
	var keys []string
	for i := range p.store.chunks {
		if p.store.starts[i] < train[0] || p.store.starts[i] >= train[1] {
			continue
		}
		v, err := values(i)
		if err != nil {
			return err
		}
		keys = rowKeys([]*column.Values{v}, keys[:0])
		for r, key := range keys {
			f(p.store.starts[i]+r-train[0], key)
		}
		p.store.release(i)
	}
	return nil
}

// streamLanes makes the lanes of streamed data. One whose rows are those of a column of the source is read from
// there; the rows of the others are worked out now, and kept on the disk too.
func (p *opening) streamLanes(ctx context.Context) error {
	var made []*lane
	for _, c := range p.def.chains() {
		ln := p.newLane(c)
		ln.at = laneAt{p.store.shards, 0}
		if ln.cut == 0 && len(c.columns) == 1 && slices.Equal(c.in.Shape, p.store.field(c.columns[0], c.ask()).Shape) {
			ln.at.column = p.store.place(c.columns[0], c.ask())
		} else {
			made = append(made, ln)
		}
		p.data.lanes = append(p.data.lanes, ln)
	}
	if len(made)+len(p.def.weights) > 0 {
		if err := p.makeRows(ctx, made); err != nil {
			return err
		}
	}
	for _, ln := range p.data.lanes {
		if ln.at.rows == p.store.shards && ln.try > 0 { // what refuses rows is tried on all now
			if err := p.each(ctx, func(s *scratch, chunk int) error { _, err := p.work(s, ln, chunk); return err }); err != nil {
				return err
			}
		}
	}
	if err := p.finish(); err != nil {
		return err
	}
	if p.o.Progress != nil {
		p.o.Progress("transforming", p.store.rows)
	}
	return nil
}

// each works through the chunks of streamed data on all workers.
func (p *opening) each(ctx context.Context, work func(s *scratch, chunk int) error) error {
	s := make([]scratch, p.data.workers)
	return parallel.Each(ctx, p.data.workers, len(p.store.chunks), func(worker, chunk int) error {
		defer p.store.release(chunk)
		return shards.Guarded(p.store.shards.Path(), func() error { return work(&s[worker], chunk) })
	})
}

// makeRows writes the rows of lanes and the weights, or finds those of an earlier run.
func (p *opening) makeRows(ctx context.Context, made []*lane) error {
	st, cache, group := p.data.stream, p.store.cache, p.store.group
	for i, ln := range made {
		ln.at.column = i
	}
	adopt := func(rows *shards.Rows) error {
		var note []lateNote
		if err := json.Unmarshal(rows.Note, &note); err != nil {
			return fmt.Errorf("%s: %w", rows.Path(), err)
		}
		for _, n := range note {
			p.bad.mark(n.Row, errors.New(n.Text))
		}
		st.made = rows
		for i, ln := range made {
			ln.at = laneAt{rows, i}
		}
		for i, w := range p.def.weights {
			f := rows.Fields()[len(made)+i]
			p.data.weights = append(p.data.weights, &laneWeight{target: w.target, shape: f.Shape, size: f.Size(), at: laneAt{rows, len(made) + i}, field: f})
		}
		return nil
	}
	key, err := p.madeKey(made)
	if err != nil {
		return err
	}
	if rows, err := cache.Find(group, key); err == nil {
		return adopt(rows)
	}
	w, err := cache.Begin(ctx, group, nil)
	if err != nil {
		return err
	}
	defer w.Close()
	if rows, err := cache.Find(group, key); err == nil { // another run has made them while this one waited
		return adopt(rows)
	}
	type result struct {
		chunk int
		cols  []*column.Values
		err   error
	}
	next := 0
	var failed error
	err = parallel.Ordered(ctx, p.data.workers, func() (int, bool) {
		next++
		return next - 1, next <= len(p.store.chunks)
	}, func(chunk int) (r result) {
		r.chunk = chunk
		r.err = shards.Guarded(p.store.shards.Path(), func() error {
			var s scratch
			for _, ln := range made {
				v, err := p.work(&s, ln, chunk)
				if err != nil {
					return err
				}
				r.cols = append(r.cols, v)
			}
			for _, w := range p.def.weights {
				v, err := p.weights(w, chunk)
				if err != nil {
					return err
				}
				r.cols = append(r.cols, v)
			}
			return nil
		})
		return r
	}, func(r result) bool {
		if failed = r.err; failed != nil {
			return false
		}
		fields := make([]column.Field, len(r.cols))
		for i, v := range r.cols {
			fields[i] = v.Field(fmt.Sprint(i))
		}
		c := p.store.chunks[r.chunk]
		failed = w.Add(column.NewRecord(fields, r.cols, c.rows, c.origin))
		p.store.release(r.chunk)
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	rows, err := w.Commit(key, p.bad.lateRows())
	if err != nil {
		return err
	}
	return adopt(rows)
}

// madeKey identifies what lanes are made of: the rows that were read, the steps up to the cut, and what those
// have learned.
func (p *opening) madeKey(made []*lane) (string, error) {
	state, err := p.def.save()
	if err != nil {
		return "", err
	}
	all := []any{p.o.Version, p.store.key, p.bad.policy}
	for _, ln := range made {
		var steps []any
		for _, l := range ln.all()[:ln.cut] {
			var args map[string]any
			if l.decoded != nil {
				args = l.decoded.Block.Values(nil)
			}
			steps = append(steps, l.step.Kind, args, l.in, l.out)
		}
		all = append(all, ln.columns, ln.ask(), ln.in, steps, ln.try, state.of(ln.target)[ln.decl.Name])
	}
	for _, w := range p.def.weights {
		all = append(all, w.decl.Column)
	}
	key, err := fingerprint(all)
	return "made-" + key, err
}
