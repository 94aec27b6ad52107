package callbacks

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// pattern is a file name with placeholders in Python's way: {epoch:02d}, {val_loss:.2f}.
type pattern struct {
	literal []string // around the fields: one more than there are fields
	fields  []field
}

type field struct {
	name, spec string
	width      int
	zero       bool
	precision  int  // -1 for none
	verb       byte // 'd', 'f', 'e', 'g', or 0 for the shortest
}

var placeholder = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)(?::(0?)([0-9]{0,2})(?:\.([0-9]{1,2}))?([dfegFEG]?))?$`)

func parsePattern(s string) (*pattern, error) {
	p := &pattern{}
	for {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			p.literal = append(p.literal, s)
			return p, nil
		}
		end := strings.IndexByte(s, '}')
		if s[i] == '}' || end < 0 {
			return nil, fmt.Errorf("a brace without its other half at %q", s[i:])
		}
		m := placeholder.FindStringSubmatch(s[i+1 : end])
		if m == nil {
			return nil, fmt.Errorf("%q is not a placeholder; they look like {epoch:02d} and {val_loss:.2f}", s[i:end+1])
		}
		f := field{name: m[1], spec: s[i : end+1], zero: m[2] == "0", precision: -1}
		if m[3] != "" {
			f.width, _ = strconv.Atoi(m[3])
		}
		if m[4] != "" {
			f.precision, _ = strconv.Atoi(m[4])
		}
		if m[5] != "" {
			f.verb = strings.ToLower(m[5])[0]
		}
		whole := f.name == "epoch" || f.name == "batch"
		if f.verb == 'd' && !whole || f.precision >= 0 && (whole || f.verb == 'd') && f.verb != 'f' {
			return nil, fmt.Errorf("%s does not fit: epoch and batch are whole numbers, all else is not", f.spec)
		}
		p.literal = append(p.literal, s[:i])
		p.fields = append(p.fields, f)
		s = s[end+1:]
	}
}

// format puts the values in.
func (p *pattern) format(value func(name string) (float64, bool)) (string, error) {
	var out strings.Builder
	for i, f := range p.fields {
		out.WriteString(p.literal[i])
		v, ok := value(f.name)
		if !ok {
			return "", fmt.Errorf("nothing reports %q, which the file name asks for by %s", f.name, f.spec)
		}
		out.WriteString(f.format(v))
	}
	out.WriteString(p.literal[len(p.literal)-1])
	return out.String(), nil
}

func (f field) format(v float64) string {
	var s string
	switch {
	case f.verb == 'd' || f.verb == 0 && (f.name == "epoch" || f.name == "batch"):
		s = strconv.FormatInt(int64(v), 10)
	case f.verb == 0 && f.precision < 0:
		s = strconv.FormatFloat(v, 'g', -1, 32)
	case f.verb == 0:
		s = strconv.FormatFloat(v, 'g', max(1, f.precision), 64)
	case f.precision < 0:
		s = strconv.FormatFloat(v, f.verb, 6, 64)
	default:
		s = strconv.FormatFloat(v, f.verb, f.precision, 64)
	}
	if pad := f.width - len(s); pad > 0 {
		fill := " "
		if f.zero {
			fill = "0"
		}
		if f.zero && strings.HasPrefix(s, "-") {
			return "-" + strings.Repeat(fill, pad) + s[1:]
		}
		return strings.Repeat(fill, pad) + s
	}
	return s
}
