package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// result is one quantity of one row, measured.
type result struct {
	Row      string               `json:"row"`
	Quantity string               `json:"quantity"`
	Batch    int                  `json:"batch"`
	Threads  int                  `json:"threads"`
	Median   map[string]float64   `json:"median"` // by contender; seconds, or bytes of memory
	Turns    map[string][]float64 `json:"turns"`  // the median of each turn
	Ratio    map[string]float64   `json:"ratio"`  // by peer: its median to that of dlrun; above 1 dlrun is ahead
}

func newResult(row, quantity string, batch, threads int, turns map[string][]float64) result {
	r := result{Row: row, Quantity: quantity, Batch: batch, Threads: threads, Median: map[string]float64{}, Turns: turns, Ratio: map[string]float64{}}
	for who, t := range turns {
		r.Median[who] = median(t)
	}
	for who, m := range r.Median {
		if who != us {
			r.Ratio[who] = m / r.Median[us]
		}
	}
	return r
}

// order are the peers, the best first.
func (r result) order() []string {
	return slices.SortedFunc(maps.Keys(r.Ratio), func(a, b string) int {
		if r.Median[a] != r.Median[b] {
			if r.Median[a] < r.Median[b] {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
}

// title names the row with its quantity.
func (r result) title() string {
	name, rest, _ := strings.Cut(r.Row, ":")
	if _, on, there := strings.Cut(rest, " on "); there {
		name += " on " + on
	}
	if strings.Contains(name, " on ") {
		return fmt.Sprintf("%s %s, batch %d", name, r.Quantity, r.Batch)
	}
	return fmt.Sprintf("%s %s, batch %d, %d threads", name, r.Quantity, r.Batch, r.Threads)
}

// String is a line for a person.
func (r result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %s", r.title(), us, r.show(us))
	for _, p := range r.order() {
		fmt.Fprintf(&b, "; %s %s (%.2f times)", p, r.show(p), r.Ratio[p])
	}
	return b.String()
}

// markdown is a line of a table: the row, dlrun, the best peer, the ratio, the other peers.
func (r result) markdown() string {
	cells := []string{r.title(), r.show(us)}
	var others []string
	for i, p := range r.order() {
		if i == 0 {
			cells = append(cells, p+" "+r.show(p), fmt.Sprintf("%.2f", r.Ratio[p]))
			continue
		}
		others = append(others, fmt.Sprintf("%s %s (%.2f)", p, r.show(p), r.Ratio[p]))
	}
	return "| " + strings.Join(append(cells, strings.Join(others, ", ")), " | ") + " |"
}

// show writes a median in a unit that fits.
func (r result) show(who string) string {
	v := r.Median[who]
	if r.Quantity == "step" && strings.Contains(r.Row, " on ") {
		return fmt.Sprintf("%.4g examples/s", float64(r.Batch)/v)
	}
	switch {
	case r.Quantity == "memory":
		return fmt.Sprintf("%.0f MB", v/1e6)
	case v >= 1:
		return fmt.Sprintf("%.2f s", v)
	case v >= 1e-3:
		return fmt.Sprintf("%.2f ms", 1e3*v)
	}
	return fmt.Sprintf("%.1f µs", 1e6*v)
}
