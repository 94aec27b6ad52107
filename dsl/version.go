package dsl

import (
	"fmt"
	"strconv"
	"strings"
)

// checkVersion tells whether version satisfies every constraint of a comma-separated list, as in
// Terraform: =, !=, >, >=, <, <= and ~> (the last number given may grow). A pre-release counts as the
// release it comes before; "" and "dev" satisfy all.
func checkVersion(constraints, version string) error {
	dev := version == "" || version == "dev"
	var have []int
	if !dev {
		var err error
		if have, err = parseVersion(version); err != nil {
			return fmt.Errorf("this dlrun calls itself %q, which is no version", version)
		}
	}
	for _, c := range strings.Split(constraints, ",") {
		c = strings.TrimSpace(c)
		op := strings.TrimRight(c[:len(c)-len(strings.TrimLeft(c, "=!<>~"))], " ")
		want, err := parseVersion(strings.TrimSpace(c[len(op):]))
		if err != nil {
			return fmt.Errorf("%q is no version constraint; write one as in \">= 0.2, < 1\" or \"~> 0.2\"", c)
		}
		d := compareVersions(have, want)
		var ok bool
		switch op {
		case "", "=":
			ok = d == 0
		case "!=":
			ok = d != 0
		case ">":
			ok = d > 0
		case ">=":
			ok = d >= 0
		case "<":
			ok = d < 0
		case "<=":
			ok = d <= 0
		case "~>":
			next := append([]int(nil), want...)
			if len(next) > 1 {
				next = next[:len(next)-1]
			}
			next[len(next)-1]++
			ok = d >= 0 && compareVersions(have, next) < 0
		default:
			return fmt.Errorf("%q is no comparison; there is =, !=, >, >=, <, <= and ~>", op)
		}
		if !ok && !dev {
			return fmt.Errorf("the file asks for dlrun %s, and this is %s", c, version)
		}
	}
	return nil
}

func parseVersion(s string) ([]int, error) {
	s = strings.TrimPrefix(s, "v")
	s, _, _ = strings.Cut(s, "+")
	s, _, _ = strings.Cut(s, "-")
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return nil, strconv.ErrSyntax
	}
	var out []int
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 10, 31)
		if err != nil {
			return nil, err
		}
		out = append(out, int(n))
	}
	return out, nil
}

func compareVersions(a, b []int) int {
	at := func(v []int, i int) int {
		if i < len(v) {
			return v[i]
		}
		return 0
	}
	for i := range max(len(a), len(b)) {
		if d := at(a, i) - at(b, i); d != 0 {
			return d
		}
	}
	return 0
}
