package source

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parseFloat reads a decimal number, spaces around it left out. strconv alone would also take
// hexadecimal numbers, infinity and NaN.
func parseFloat(s string) (float32, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, errors.New("it is empty where a number is wanted; a transform \"imputation\" fills it in")
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, notNumber(s)
		}
	}
	f, err := strconv.ParseFloat(s, 32)
	if errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%s is too large for a float32", clipped(s))
	}
	if err != nil {
		return 0, notNumber(s)
	}
	return float32(f), nil
}

// ErrNotNumber is what a text that should be a number is.
var ErrNotNumber = errors.New("not a number")

func notNumber(s string) error {
	return fmt.Errorf("%q is %w", clipped(s), ErrNotNumber)
}

// clipped is the beginning of a text, which may be long, for an error.
func clipped(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}

// parseInt reads a whole number, which may be written as 3.0.
func parseInt(s string) (int64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, errors.New("it is empty where a whole number is wanted; a transform \"imputation\" fills it in")
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		return n, nil
	}
	if errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%s does not fit in 64 bits", clipped(s))
	}
	if whole, zeros, ok := strings.Cut(s, "."); ok && strings.Trim(zeros, "0") == "" {
		if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
			return n, nil
		}
	}
	if _, err := parseFloat(s); err == nil {
		return 0, fmt.Errorf("%s is not a whole number, which is wanted here", s)
	}
	return 0, notNumber(s)
}
