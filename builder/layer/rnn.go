package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("rnn", func() Layer { return new(rnn) })

// rnn applies the cells inside it along a sequence.
type rnn struct{ recurrent }

func (l *rnn) Schema(b *schema.Block) {
	b.Doc("Applies the cell inside it at each step of a sequence; of several cells each reads what the one before puts out.", "keras.layers.RNN",
		"The cells are layers inside it: lstm_cell, gru_cell, simple_rnn_cell, or one stacked_rnn_cells that holds them. With return_state the outputs are the sequence or its last step, then the states of each cell.", initialNote)
	l.recurrent.Bind(b)
}

// Wrap takes the cells. Several are as in a stacked_rnn_cells, which is in their weights' names.
func (l *rnn) Wrap(inner []Inner) error {
	if len(inner) == 1 {
		if s, ok := inner[0].Layer.(*stackedRNNCells); ok {
			l.cells = s.placed(inner[0].Name)
			return nil
		}
	}
	var err error
	if l.cells, err = cellsOf(inner); err != nil {
		return err
	}
	if len(inner) > 1 {
		for i := range l.cells {
			l.cells[i].path = "stacked_rnn_cells/" + l.cells[i].path
		}
	}
	return nil
}

// cellsOf are the cells that an rnn or a stacked_rnn_cells holds.
func cellsOf(inner []Inner) ([]placed, error) {
	var out []placed
	seen := map[string]bool{}
	for _, in := range inner {
		c, ok := in.Layer.(interface{ cellOf() *cell })
		if !ok {
			return nil, fmt.Errorf("layer %q (%s) is not a cell: lstm_cell, gru_cell or simple_rnn_cell is wanted here", in.Name, in.Type)
		}
		if seen[in.Name] {
			return nil, fmt.Errorf("two cells have the name %q", in.Name)
		}
		seen[in.Name] = true
		out = append(out, placed{in.Name, c.cellOf()})
	}
	return out, nil
}
