package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
}

// maxJSONRank bounds how deep arrays may be nested.
const maxJSONRank = 8

// add appends one row's value.
func (c *jsonColumn) add(value json.RawMessage) error {
	if value = bytes.TrimSpace(value); string(value) == "null" {
		return column.ErrMissing
	}
	if c.kind == column.Unknown {
		if err := c.begin(value); err != nil {
			return err
		}
	}
	return c.element(value, 0)
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
	case value[0] == '"' || c.want.Kind == column.String:
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
			return fmt.Errorf("it is %s, the first row is an array of shape %s", value, column.ShapeString(c.shape))
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
		return fmt.Errorf("it is text, %s, and a number is wanted", text)
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
