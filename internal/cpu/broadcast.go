package cpu

// stretch walks over the elements of a shape in rows, for operands that are stretched to it as in
// NumPy. Axes along which every operand behaves alike are joined, so rows are as long as can be.
type stretch struct {
	size []int   // of the joined axes; the last one is the row
	step [][]int // by operand: elements to go on along each axis; 0 where it is stretched
}

// newStretch plans the walk over shape for operands of the given shapes.
func newStretch(shape []int, operands ...[]int) stretch {
	s := stretch{step: make([][]int, len(operands))}
	steps := make([][]int, len(operands)) // for every axis of shape
	for k, o := range operands {
		steps[k] = make([]int, len(shape))
		n := 1
		for i := len(o) - 1; i >= 0; i-- {
			if o[i] != 1 {
				steps[k][i+len(shape)-len(o)] = n
			}
			n *= o[i]
		}
	}
	for i, d := range shape {
		if d == 1 {
			continue
		}
		last := len(s.size) - 1
		join := last >= 0
		for k := range operands {
			join = join && s.step[k][last] == d*steps[k][i]
		}
		if join {
			s.size[last] *= d
			for k := range operands {
				s.step[k][last] = steps[k][i]
			}
			continue
		}
		s.size = append(s.size, d)
		for k := range operands {
			s.step[k] = append(s.step[k], steps[k][i])
		}
	}
	if len(s.size) == 0 {
		s.size = []int{1}
		for k := range operands {
			s.step[k] = []int{0}
		}
	}
	return s
}

// row is the length of a row.
func (s *stretch) row() int { return s.size[len(s.size)-1] }

// rows is the number of rows.
func (s *stretch) rows() int {
	n := 1
	for _, d := range s.size[:len(s.size)-1] {
		n *= d
	}
	return n
}

// at is where row r begins in operand k.
func (s *stretch) at(k, r int) int {
	at := 0
	for i := len(s.size) - 2; i >= 0; i-- {
		at += r % s.size[i] * s.step[k][i]
		r /= s.size[i]
	}
	return at
}

// moves tells whether operand k goes on along a row; else one element of it serves the whole row.
func (s *stretch) moves(k int) bool { return s.step[k][len(s.size)-1] != 0 }

// each returns a Run that calls f for pieces of rows: r is the row, from where the piece begins in
// it, out where it begins among all elements, n its length.
func (s *stretch) each(m *Machine, f func(worker, r, from, out, n int)) Run {
	row, rows := s.row(), s.rows()
	if row >= chunk {
		per := (row + chunk - 1) / chunk
		task := func(t, w int) {
			r, from := t/per, t%per*chunk
			f(w, r, from, r*row+from, min(chunk, row-from))
		}
		return func(*Context) { m.For(rows*per, task) }
	}
	group := chunk / max(row, 1)
	task := func(t, w int) {
		for r := t * group; r < min(rows, (t+1)*group); r++ {
			f(w, r, 0, r*row, row)
		}
	}
	return func(*Context) { m.For((rows+group-1)/group, task) }
}
