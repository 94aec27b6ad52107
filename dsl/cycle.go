package dsl

// cycles finds ways from a node back to itself, each beginning and ending with that node; one for each
// edge that closes a circle in a walk over all nodes. It visits every edge once.
func cycles[T comparable](nodes []T, next func(T) []T) [][]T {
	const open, done = 1, 2
	state := map[T]int{}
	var path []T
	var found [][]T
	var visit func(T)
	visit = func(n T) {
		state[n] = open
		path = append(path, n)
		for _, m := range next(n) {
			switch state[m] {
			case open:
				i := len(path) - 1
				for path[i] != m {
					i--
				}
				found = append(found, append(append([]T(nil), path[i:]...), m))
			case 0:
				visit(m)
			}
		}
		path = path[:len(path)-1]
		state[n] = done
	}
	for _, n := range nodes {
		if state[n] == 0 {
			visit(n)
		}
	}
	return found
}
