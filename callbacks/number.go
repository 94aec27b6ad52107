package callbacks

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// number is a float in a callback's declared state. JSON has no NaN and no infinity, so these are
// strings there.
type number float64

// MarshalJSON writes a number, or the name of what is none.
func (n number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return json.Marshal(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *number) UnmarshalJSON(text []byte) error {
	var s string
	if json.Unmarshal(text, &s) == nil {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", s)
		}
		*n = number(f)
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}
