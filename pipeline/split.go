package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/dlrun/dlrun/internal/kernel/philox"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
)

// The streams of random numbers that a seed is divided into.
const (
	streamSplit = 0x5350_4c49 + iota
	streamShuffle
	streamAugment
	streamOversample
)

// splitter puts rows of the train part into splits. Every row has a hash of (seed, row number), a
// number in [0, 1). The smallest go to test, the next to validation: by a threshold, so that a row's
// split does not depend on how many others there are, and sizes are approximate.
type splitter struct {
	seed             int64
	validation, test float64
	folds, fold      int // of the rows that are not for the test; no folds where it is 0
}

func (p *opening) splitter() splitter {
	s := p.d.Split
	return splitter{p.o.Seed, s.Validation, s.Test, s.Folds, s.Fold}
}

func (s splitter) key() philox.Key { return philox.NewKey(uint64(s.seed)).Derive(streamSplit) }

// unit turns 64 random bits into a number in [0, 1).
func unit(x uint64) float64 { return float64(x>>11) * 0x1p-53 }

func (s splitter) at(u float64) string {
	switch {
	case u < s.test:
		return Test
	case s.folds > 0:
		rest := (u - s.test) / (1 - s.test)
		return s.ofFold(int(float64(rest * float64(s.folds))))
	case u < s.test+s.validation:
		return Validation
	}
	return Train
}

// ofFold is the split of a row that is in a fold, from 0, or of such a rank among its like.
func (s splitter) ofFold(i int) string {
	if i%s.folds == s.fold-1 {
		return Validation
	}
	return Train
}

// byRow splits n rows by their numbers.
func (s splitter) byRow(n, workers int) []string {
	out, key := make([]string, n), s.key()
	const piece = 1 << 15
	// The work cannot fail.
	_ = parallel.Each(context.Background(), workers, (n+piece-1)/piece, func(_, k int) error {
		for i := k * piece; i < min(n, (k+1)*piece); i++ {
			out[i] = s.at(unit(key.Uint64(uint64(i))))
		}
		return nil
	})
	return out
}

// byGroup splits rows so that those of one group stay together: the hash is of (seed, group).
func (s splitter) byGroup(groups []string) []string {
	out := make([]string, len(groups))
	known := map[string]string{}
	for i, g := range groups {
		part, ok := known[g]
		if !ok {
			part = s.ofGroup(g)
			known[g] = part
		}
		out[i] = part
	}
	return out
}

// ofGroup is the split of a group's rows.
func (s splitter) ofGroup(g string) string {
	h := sha256.New()
	var seed [8]byte
	binary.LittleEndian.PutUint64(seed[:], uint64(s.seed))
	h.Write(seed[:])
	h.Write([]byte(g))
	return s.at(unit(binary.LittleEndian.Uint64(h.Sum(nil))))
}

// byClass splits rows so that each class is divided in the same shares: within a class, rows are
// ranked by their hash and the first go to test, the next to validation. Shares are rounded to whole
// rows, halves up.
func (s splitter) byClass(classes []string) []string {
	out := make([]string, len(classes))
	rows := map[string][]int32{}
	for i, c := range classes {
		rows[c] = append(rows[c], int32(i))
	}
	for _, members := range rows {
		s.rank(members, func(row int32, part string) { out[row] = part })
	}
	return out
}

// rank divides the rows of a class, whose order it changes.
func (s splitter) rank(members []int32, put func(row int32, part string)) {
	key := s.key()
	sort.Slice(members, func(a, b int) bool {
		x, y := key.Uint64(uint64(members[a])), key.Uint64(uint64(members[b]))
		return x < y || x == y && members[a] < members[b]
	})
	n := float64(len(members))
	// float64(...) keeps a processor from fusing the sum with the product, which rounds otherwise.
	test := int(math.Floor(float64(n*s.test) + 0.5))
	validation := min(int(math.Floor(float64(n*s.validation)+0.5)), len(members)-test)
	for rank, i := range members {
		switch {
		case rank < test:
			put(i, Test)
		case s.folds > 0:
			put(i, s.ofFold(rank-test))
		case rank < test+validation:
			put(i, Validation)
		default:
			put(i, Train)
		}
	}
}

// byRank gives the largest to test, the next to validation. Equal ones stay together, in the later split.
func (s splitter) byRank(ranks []int32) []string {
	sorted := slices.Clone(ranks)
	slices.Sort(sorted)
	n := len(sorted)
	test := int(math.Floor(float64(float64(n)*s.test) + 0.5))
	validation := min(int(math.Floor(float64(float64(n)*s.validation)+0.5)), n-test)
	from := func(held int) int32 { // the least that is held out of the largest so many
		if held == 0 {
			return math.MaxInt32
		}
		return sorted[n-held]
	}
	testFrom, validationFrom := from(test), from(test+validation)
	out := make([]string, n)
	for i, r := range ranks {
		switch {
		case r >= testFrom:
			out[i] = Test
		case r >= validationFrom:
			out[i] = Validation
		default:
			out[i] = Train
		}
	}
	return out
}

// ranksOfExamples picks the rank of each example of the train part: of a window that of its first row.
func (p *opening) ranksOfExamples(ranks []int32) []int32 {
	train := p.store.parts[Train]
	w := p.data.windows
	if w == nil {
		return ranks[train[0]:train[1]]
	}
	var out []int32
	for i := w.parts[Train][0]; i < w.parts[Train][1]; i++ {
		out = append(out, ranks[w.row(int32(i), 0)])
	}
	return out
}

// splitWords are what a column may call the splits.
var splitWords = map[string]string{
	"train": Train, "training": Train, "validation": Validation, "valid": Validation, "val": Validation, "dev": Validation, "test": Test, "testing": Test,
}

// namedSplits reads the split of each row from a column.
func (p *opening) namedSplits(name string) ([]string, error) {
	var out []string
	for chunk := range p.store.chunks {
		v, err := p.store.values(chunk, name, column.String)
		if err != nil {
			return nil, err
		}
		if v.Kind != column.String || v.Size() != 1 {
			return nil, fmt.Errorf("column %q holds %s, and a text is wanted that names each row's split", name, v.Field(name).Describe())
		}
		for r, word := range v.Str {
			if p.bad.has(p.store.starts[chunk] + r) {
				out = append(out, Train) // and then left out
				continue
			}
			split, ok := splitWords[strings.ToLower(strings.TrimSpace(word))]
			if !ok {
				err := p.store.blame(chunk, r, name, fmt.Errorf("%q is no split: train, validation and test are", word))
				if !p.bad.mark(p.store.starts[chunk]+r, err) {
					return nil, err
				}
				split = Train
			}
			out = append(out, split)
		}
	}
	return out, nil
}

// examples are the parts of the source in examples, which are rows or windows, and their number.
func (p *opening) examples() (parts map[string][2]int, n int) {
	if w := p.data.windows; w != nil {
		return w.parts, len(w.starts)
	}
	return p.store.parts, p.store.rows
}

// ofExamples picks the key of each example of the train part from those of all rows: of a window that of
// the row n after its first.
func (p *opening) ofExamples(keys []string, n int) []string {
	train := p.store.parts[Train]
	w := p.data.windows
	if w == nil {
		return keys[train[0]:train[1]]
	}
	var out []string
	for i := w.parts[Train][0]; i < w.parts[Train][1]; i++ {
		out = append(out, keys[w.row(int32(i), n)])
	}
	return out
}

// split decides the split of each example.
func (p *opening) split(context.Context) error {
	if p.store.shards != nil {
		if err := p.streamSplit(); err != nil {
			return err
		}
		return p.checkSplits()
	}
	sourceParts, n := p.examples()
	p.part = make([]string, n)
	for part, r := range sourceParts {
		for i := r[0]; i < r[1]; i++ {
			p.part[i] = part
		}
	}
	train := sourceParts[Train]
	if s := p.d.Split; s.Carves() {
		sp := p.splitter()
		var parts []string
		switch {
		case s.OrderBy != "":
			ranks, err := p.ranks(s.OrderBy)
			if err != nil {
				return err
			}
			parts = sp.byRank(p.ranksOfExamples(ranks))
		case s.Column != "":
			named, err := p.namedSplits(s.Column)
			if err != nil {
				return err
			}
			parts = p.ofExamples(named, 0)
		case s.Group != "":
			groups, err := p.keys(func(chunk int) (*column.Values, error) { return p.store.values(chunk, s.Group, column.String) })
			if err != nil {
				return err
			}
			if w := p.data.windows; w != nil && w.tokens == nil && p.d.Window.Group != s.Group {
				return fmt.Errorf("windows could have rows of several groups: split by %q needs group = %q in `window` too", s.Group, s.Group)
			}
			parts = sp.byGroup(p.ofExamples(groups, 0))
		case p.def.stratify != nil:
			c := p.def.stratify
			if c.in.Kind == column.Unknown { // not among the columns in use
				in, err := c.pack(p.field)
				if err != nil {
					return err
				}
				c.in = in
			}
			classes, err := p.keys(func(chunk int) (*column.Values, error) { return p.raw(c, chunk, new(column.Values)) })
			if err != nil {
				return err
			}
			first := 0
			if c.reach != nil {
				if c.reach.rows != 1 {
					return fmt.Errorf("the %s has %d steps, and windows are stratified by a target of one, as with steps = 1", c.named(), c.reach.rows)
				}
				first = c.reach.first
			}
			parts = sp.byClass(p.ofExamples(classes, first))
		default:
			parts = sp.byRow(train[1]-train[0], p.data.workers)
		}
		copy(p.part[train[0]:train[1]], parts)
	}
	if p.bad.rows != nil {
		for i := range p.part {
			if p.touched(int32(i)) {
				p.part[i] = ""
			}
		}
	}
	p.data.splits = map[string][]int32{}
	counts := map[string]int{}
	for i := 0; i < len(p.part); {
		from, part := i, p.part[i]
		for i < len(p.part) && p.part[i] == part {
			i++
		}
		counts[part] += i - from
	}
	delete(counts, "")
	for part, n := range counts {
		rows := make([]int32, 0, n)
		for i, other := range p.part {
			if other == part {
				rows = append(rows, int32(i))
			}
		}
		p.data.splits[part] = rows
	}
	if err := p.checkSplits(); err != nil {
		return err
	}
	if w := p.data.windows; w != nil {
		p.part, p.spans = w.sees(p.part, p.store.rows)
	}
	return nil
}

// checkSplits refuses a split that was asked for and got no rows.
func (p *opening) checkSplits() error {
	parts, _ := p.examples()
	train := parts[Train]
	wanted := []string{Train}
	if s := p.d.Split; s != nil {
		if s.Validation > 0 || s.Folds > 0 {
			wanted = append(wanted, Validation)
		}
		if s.Test > 0 {
			wanted = append(wanted, Test)
		}
	}
	for _, name := range wanted {
		if p.data.Rows(name) == 0 {
			return fmt.Errorf("no example of %d falls into the %s split; give it a larger share, or rows of its own", train[1]-train[0], name)
		}
	}
	return nil
}

func (p *opening) keys(values func(chunk int) (*column.Values, error)) ([]string, error) {
	var out []string
	for i := range p.store.chunks {
		v, err := values(i)
		if err != nil {
			return nil, err
		}
		out = rowKeys([]*column.Values{v}, out)
	}
	return out, nil
}

// rowKeys returns each row's content as a string, to tell equal ones.
func rowKeys(vs []*column.Values, keys []string) []string {
	var buf []byte
	for _, v := range vs {
		n := v.Size()
		for r := range v.Rows {
			buf = buf[:0]
			for e := r * n; e < (r+1)*n; e++ {
				switch v.Kind {
				case column.Uint8:
					buf = append(buf, v.U8[e])
				case column.Int32:
					buf = binary.LittleEndian.AppendUint32(buf, uint32(v.I32[e]))
				case column.Int64:
					buf = binary.LittleEndian.AppendUint64(buf, uint64(v.I64[e]))
				case column.Float32:
					buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v.F32[e]))
				case column.String, column.List:
					buf = append(append(buf, v.Str[e]...), 0)
				}
			}
			keys = append(keys, string(buf))
		}
	}
	return keys
}

// order returns the rows of an epoch in the order they are delivered.
func order(rows []int32, shuffle bool, seed int64, epoch int) []int32 {
	if !shuffle {
		return rows
	}
	out := slices.Clone(rows)
	philox.Shuffle(out, philox.NewKey(uint64(seed)).Derive(streamShuffle).Derive(uint64(epoch)))
	return out
}
