package constraint

import (
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
)

// norms is embedded by constraints on the norms of a weight along some axes.
type norms struct{ axis []int }

func (n *norms) bind(b *schema.Block) {
	b.IntOrInts(&n.axis, "axis", "Axis, or axes, of the weight along which norms are taken: 0 for the kernel of dense, [0, 1, 2] for that of conv2d.", schema.Default(0))
}

// Check refuses axes that a weight does not have.
func (n *norms) Check(shape []int) error {
	_, err := n.axes(len(shape))
	return err
}

// axes are the axes of a weight of some rank, counted from 0.
func (n *norms) axes(rank int) ([]int, error) {
	seen := map[int]bool{}
	var out []int
	for _, a := range n.axis {
		k := a
		if k < 0 {
			k += rank
		}
		switch {
		case k < 0 || k >= rank:
			return nil, schema.At("axis", fmt.Errorf("axis %d does not exist: the weight has %d", a, rank))
		case seen[k]:
			return nil, schema.At("axis", fmt.Errorf("axis %d is named twice", a))
		}
		seen[k] = true
		out = append(out, k)
	}
	return out, nil
}
