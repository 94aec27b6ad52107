package dsl

import (
	"bytes"
	"encoding/json"
)

// jsonStrings lists the strings of a JSON text that are not the names of properties.
func jsonStrings(src []byte) []string {
	var out []string
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	var inObject []bool
	key := false
	for {
		t, err := d.Token()
		if err != nil { // at the end, or where hcl's own parser has reported the mistake
			return out
		}
		top := len(inObject) > 0 && inObject[len(inObject)-1]
		switch t := t.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				inObject = append(inObject, t == '{')
				key = t == '{'
				continue
			}
			inObject = inObject[:len(inObject)-1]
			key = len(inObject) > 0 && inObject[len(inObject)-1]
			continue
		case string:
			if !top || !key {
				out = append(out, t)
			}
		}
		if top {
			key = !key
		}
	}
}
