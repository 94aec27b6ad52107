package pipeline

import (
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/pipeline/column"
)

// maxClasses bounds the classes that are counted.
const maxClasses = 1 << 20

// ClassCounts is how many rows of the train split each class of a target has, in the order of the class
// numbers. The target is single class numbers, as whole numbers of either dtype, or vectors in which a
// row's class is its largest element, the first of equals.
func (d *Data) ClassCounts(target string) ([]int, error) {
	i := slices.IndexFunc(d.lanes, func(ln *lane) bool { return ln.target && ln.decl.Name == target })
	if i < 0 {
		return nil, fmt.Errorf("dataset %q has no target %q", d.def.d.Name, target)
	}
	ln := d.lanes[i]
	size := ln.out.Size()
	if len(ln.out.Shape) > 1 || size > maxClasses {
		return nil, fmt.Errorf("a row of target %q is %s, which is not one of some classes", target, ln.out.Describe())
	}
	n, _ := d.NumClasses(target)
	if size > 1 {
		n = size
	}
	counts := make([]int, n)
	err := d.eachClass(ln, func(_ int32, class int) {
		for len(counts) <= class {
			counts = append(counts, 0)
		}
		counts[class]++
	})
	if err != nil {
		return nil, fmt.Errorf("target %q: %w", target, err)
	}
	return counts, nil
}

// eachClass calls f with each row of the train split, and its class.
func (d *Data) eachClass(ln *lane, f func(row int32, class int)) error {
	size := ln.out.Size()
	train := d.inSplit(Train)
	walk := new(walker)
	for chunk := range len(d.chunks.starts) - 1 {
		if err := ln.visit(chunk, func(v *column.Values) error {
			return d.sound(walk, ln.tail, int(d.chunks.starts[chunk]), v, func(from int, out *column.Values) error {
				for r := range out.Rows {
					if !train(int(d.chunks.starts[chunk]) + from + r) {
						continue
					}
					class, err := classOf(out, r, size)
					if err != nil {
						return err
					}
					f(d.chunks.starts[chunk]+int32(from+r), class)
				}
				return nil
			})
		}); err != nil {
			return err
		}
	}
	return nil
}

// sound takes the rows that have no mistake through links, as walker.walk does; start is the number of the first.
func (d *Data) sound(w *walker, links []*link, start int, v *column.Values, f func(from int, out *column.Values) error) error {
	if d.bad == nil || d.windows != nil && d.windows.tokens != nil || !slices.Contains(d.bad[start:start+v.Rows], true) {
		return w.walk(links, v, f)
	}
	for from := 0; from < v.Rows; from++ {
		to := from
		for to < v.Rows && !d.bad[start+to] {
			to++
		}
		if to == from {
			continue
		}
		if err := w.walk(links, v.Slice(from, to), func(at int, out *column.Values) error { return f(from+at, out) }); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// inSplit returns a function that tells whether a row is of a split.
func (d *Data) inSplit(split string) func(row int) bool {
	if st := d.stream; st != nil {
		code := uint8(codeOf(split))
		return func(row int) bool { return st.codes[row] == code }
	}
	in := make([]bool, d.chunks.starts[len(d.chunks.starts)-1])
	for _, r := range d.splits[split] {
		in[r] = true
	}
	return func(row int) bool { return in[row] }
}

// classOf is the class of a row.
func classOf(v *column.Values, row, size int) (int, error) {
	if size > 1 {
		if v.Kind != column.Float32 {
			return 0, fmt.Errorf("a row of %d whole numbers is not one of some classes", size)
		}
		class := 0
		for e, x := range v.F32[row*size : (row+1)*size] {
			if x > v.F32[row*size+class] {
				class = e
			}
		}
		return class, nil
	}
	x := float64(0)
	if v.Kind == column.Int32 {
		x = float64(v.I32[row])
	} else {
		x = float64(v.F32[row])
	}
	if !(x >= 0 && x < maxClasses) || x != float64(int(x)) {
		return 0, fmt.Errorf("%v is no class number", x)
	}
	return int(x), nil
}
