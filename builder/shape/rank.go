package shape

// SameRank brings the shapes of a target and an output, batch axis included, to one rank where they
// differ by a last axis of size 1, as keras/src/losses/loss.py: squeeze_or_expand_to_same_rank does.
// Two shapes of nothing but the batch get an axis of size 1 each.
func SameRank(target, output []int) (t, o []int) {
	longer := func(a, b []int) ([]int, []int) { // a is longer by one
		switch {
		case a[len(a)-1] != 1:
			return a, b
		case len(b) == 1:
			return a, append(append([]int{}, b...), 1)
		}
		return a[:len(a)-1], b
	}
	switch {
	case len(target) == len(output)+1:
		t, o = longer(target, output)
	case len(output) == len(target)+1:
		o, t = longer(output, target)
	default:
		t, o = target, output
	}
	if len(t) == 1 && len(o) == 1 {
		return append(append([]int{}, t...), 1), append(append([]int{}, o...), 1)
	}
	return t, o
}

// AreLabels tells whether a target has one number where an output has several classes along its last
// axis. Both are without the batch axis.
func AreLabels(target, output Shape) bool {
	if len(output) == 0 || output[len(output)-1] == 1 {
		return false
	}
	rest := output[:len(output)-1]
	return target.Fits(rest) || target.Fits(append(rest.Clone(), 1))
}
