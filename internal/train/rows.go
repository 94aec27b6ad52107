package train

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/dlrun/dlrun/internal/run"
)

// rowWriter writes predictions row by row.
type rowWriter interface {
	// begin gets the shape of a row of each output, in which no axis is of any length.
	begin(shapes []run.Shape) error
	row(values [][]float32) error
	end() error
}

// class is the name of the class that the values of an output speak for.
func class(o run.ModelOutput, v []float32) (string, bool) {
	best := 0
	switch {
	case len(o.Classes) == 0:
		return "", false
	case len(v) == 1 && len(o.Classes) == 2: // one probability, or logit, of the second class
		if limit := float32(0.5); (o.FromLogits && v[0] > 0) || (!o.FromLogits && v[0] > limit) {
			best = 1
		}
	case len(v) == len(o.Classes):
		for i := range v {
			if v[i] > v[best] {
				best = i
			}
		}
	default:
		return "", false
	}
	return o.Classes[best], true
}

type csvRows struct {
	w    *csv.Writer
	outs []run.ModelOutput
}

func newCSV(w io.Writer, outs []run.ModelOutput) rowWriter {
	return &csvRows{w: csv.NewWriter(w), outs: outs}
}

func (c *csvRows) begin(shapes []run.Shape) error {
	var head []string
	for k, o := range c.outs {
		n := 1
		for _, d := range shapes[k] {
			n *= d
		}
		if n == 1 {
			head = append(head, o.Name)
		} else {
			for i := 0; i < n; i++ {
				head = append(head, fmt.Sprintf("%s_%d", o.Name, i))
			}
		}
		if _, ok := class(o, make([]float32, n)); ok {
			head = append(head, o.Name+"_class")
		}
	}
	return c.w.Write(head)
}

func (c *csvRows) row(values [][]float32) error {
	var cells []string
	for i, v := range values {
		for _, x := range v {
			cells = append(cells, strconv.FormatFloat(float64(x), 'g', -1, 32))
		}
		if name, ok := class(c.outs[i], v); ok {
			cells = append(cells, name)
		}
	}
	return c.w.Write(cells)
}

func (c *csvRows) end() error {
	c.w.Flush()
	return c.w.Error()
}

type jsonRows struct {
	w      io.Writer
	outs   []run.ModelOutput
	shapes []run.Shape
	comma  bool
}

func newJSON(w io.Writer, outs []run.ModelOutput) rowWriter { return &jsonRows{w: w, outs: outs} }

func (j *jsonRows) begin(shapes []run.Shape) error {
	j.shapes = shapes
	_, err := io.WriteString(j.w, "[")
	return err
}

// number is a float32 in JSON: the shortest decimal, null where it is not finite.
type number float32

func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 32), nil
}

func (j *jsonRows) row(values [][]float32) error {
	sep := "\n"
	if j.comma {
		sep = ",\n"
	}
	j.comma = true
	var parts []string
	add := func(name string, v any) error {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		key, err := json.Marshal(name)
		parts = append(parts, string(key)+":"+string(text))
		return err
	}
	for i, v := range values {
		o := j.outs[i]
		nested, _ := nest(j.shapes[i], v)
		if err := add(o.Name, nested); err != nil {
			return err
		}
		if name, ok := class(o, v); ok {
			if err := add(o.Name+"_class", name); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(j.w, sep+"{"+strings.Join(parts, ",")+"}")
	return err
}

// nest turns flat values into lists of the given shape.
func nest(s run.Shape, v []float32) (any, []float32) {
	if len(s) == 0 {
		return number(v[0]), v[1:]
	}
	out := []any{}
	for i := 0; i < s[0]; i++ {
		var x any
		x, v = nest(s[1:], v)
		out = append(out, x)
	}
	return out, v
}

func (j *jsonRows) end() error {
	_, err := io.WriteString(j.w, "\n]\n")
	return err
}
