package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/dlrun/dlrun/pipeline/column"
)

// jsonColumn is a column that is being read. What it holds follows from its first value and from what is
// wanted.
type jsonColumn struct {
	want  Want
	kind  column.Kind
	shape []int
	i64   []int64
	f32   []float32
	str   []string

	rows int // whole ones; of the first ones there is nothing while the kind is unknown
}

// optional tells whether values may be missing.
func (c *jsonColumn) optional() bool { return c.want.Kind == column.Optional }

// gap appends a row that is missing or malformed, and leaves out what there is of it.
func (c *jsonColumn) gap() {
	if c.rows++; c.kind != column.Unknown {
		c.fill()
	}
}

// fill brings the column to the length of its rows.
func (c *jsonColumn) fill() {
	n := c.rows * max(1, column.Size(c.shape))
	i, f, s := min(n, len(c.i64)), min(n, len(c.f32)), min(n, len(c.str))
	switch c.kind {
	case column.Int64:
		c.i64 = append(c.i64[:i], make([]int64, n-i)...)
	case column.Float32:
		c.f32 = append(c.f32[:f], make([]float32, n-f)...)
	case column.List:
		c.str = append(c.str[:s], make([]string, n-s)...)
	case column.String:
		for c.str = c.str[:s]; len(c.str) < n; {
			instead := ""
			if c.optional() {
				instead = column.Null
			}
			c.str = append(c.str, instead)
		}
	}
}

// maxJSONRank bounds how deep arrays may be nested.
const maxJSONRank = 8

// add appends one row's value, nil where the key is missing. After an error the row is as far as it was.
func (c *jsonColumn) add(value json.RawMessage) error {
	if value = bytes.TrimSpace(value); len(value) == 0 || string(value) == "null" {
		switch {
		case c.optional():
			c.gap()
			return nil
		case len(value) == 0:
			return errors.New("the object has no such key")
		}
		return column.ErrMissing
	}
	if c.want.Kind == column.List && (value[0] == '[' || c.kind == column.List) {
		return c.list(value)
	}
	if c.kind == column.Unknown {
		if err := c.begin(value); err != nil {
			return err
		}
		c.fill()
	}
	if err := c.element(value, 0); err != nil {
		return err
	}
	c.rows++
	return nil
}

// list appends a list of any length.
func (c *jsonColumn) list(value json.RawMessage) error {
	var list []json.RawMessage
	if value[0] != '[' {
		return fmt.Errorf("it is %s, the first row is an array", clipped(string(value)))
	}
	if err := json.Unmarshal(value, &list); err != nil {
		return jsonError(err)
	}
	packed := make([]byte, 0, 8*len(list))
	for i, v := range list {
		x, err := strconv.ParseFloat(string(bytes.TrimSpace(v)), 64)
		if err != nil {
			return fmt.Errorf("element %d is %s, and a number is wanted", i+1, clipped(string(v)))
		}
		packed = column.PackList(packed, x)
	}
	if c.kind == column.Unknown {
		c.kind = column.List
		c.fill()
	}
	c.str = append(c.str, string(packed))
	c.rows++
	return nil
}

// begin finds out what the column holds.
func (c *jsonColumn) begin(value json.RawMessage) error {
	shape := []int(nil)
	for value[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(value, &list); err != nil {
			return jsonError(err)
		}
		if len(list) == 0 {
			return errors.New("the array is empty")
		}
		if shape = append(shape, len(list)); len(shape) > maxJSONRank {
			return fmt.Errorf("arrays are nested more than %d deep", maxJSONRank)
		}
		value = bytes.TrimSpace(list[0])
	}
	switch {
	case value[0] == '{':
		return errors.New("it is an object, and a number, text or an array of them is wanted")
	case value[0] == '"' || c.want.Kind == column.String || c.optional():
		c.kind = column.String
	case c.want.Kind == column.Int64:
		c.kind = column.Int64
	default:
		c.kind = column.Float32
	}
	c.shape = shape
	return nil
}

// element appends an element that lies so many arrays deep.
func (c *jsonColumn) element(value json.RawMessage, depth int) error {
	if value[0] != '[' {
		if depth < len(c.shape) {
			return fmt.Errorf("it is %s, the first row is an array of shape %s", clipped(string(value)), column.ShapeString(c.shape))
		}
		return c.scalar(value)
	}
	if depth == len(c.shape) {
		return fmt.Errorf("it is an array, where the first row has %s", c.kind)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(value, &list); err != nil {
		return jsonError(err)
	}
	if len(list) != c.shape[depth] {
		return fmt.Errorf("the array has %d elements, the first row's has %d: rows have one shape", len(list), c.shape[depth])
	}
	for _, v := range list {
		if err := c.element(bytes.TrimSpace(v), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (c *jsonColumn) scalar(value json.RawMessage) error {
	text := string(value)
	switch {
	case text == "null" && c.optional():
		c.str = append(c.str, column.Null)
		return nil
	case text == "null":
		return column.ErrMissing
	case value[0] == '{':
		return errors.New("it is an object, and a number, text or an array of them is wanted")
	case c.kind == column.String && value[0] == '"':
		var s string
		if err := json.Unmarshal(value, &s); err != nil {
			return jsonError(err)
		}
		if !utf8.Valid(value) { // Unmarshal would put U+FFFD in its place
			return errors.New("the text is not UTF-8")
		}
		c.str = append(c.str, s)
		return nil
	case c.kind == column.String:
		c.str = append(c.str, text)
		return nil
	case value[0] == '"':
		return fmt.Errorf("it is text, %s, and a number is wanted", clipped(text))
	}
	if i := slices.Index([]string{"false", "true"}, text); i >= 0 {
		text = [...]string{"0", "1"}[i]
	}
	if c.kind == column.Int64 {
		n, err := parseInt(text)
		c.i64 = append(c.i64, n)
		return err
	}
	f, err := parseFloat(text)
	c.f32 = append(c.f32, f)
	return err
}
