package isa

import (
	"strings"
	"testing"
)

func TestParseReadsWhatStringWrites(t *testing.T) {
	for _, i := range []ISA{Generic, AVX2, AVX512} {
		for _, s := range []string{i.String(), strings.ToUpper(i.String())} {
			got, err := Parse(s)
			if err != nil || got != i {
				t.Errorf("Parse(%q) = %v, %v; want %v", s, got, err, i)
			}
		}
	}
	for _, s := range []string{"", "sse", "avx", "avx5122", "ISA(7)"} {
		if got, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", s, got)
		} else if !strings.Contains(err.Error(), "avx512") {
			t.Errorf("Parse(%q): %v does not list what is allowed", s, err)
		}
	}
	if s := ISA(7).String(); s != "ISA(7)" {
		t.Errorf("String of an unknown ISA is %q", s)
	}
}

func TestDetectIsSupported(t *testing.T) {
	best := Detect()
	if !Generic.Supported() || !best.Supported() {
		t.Errorf("Generic.Supported() = %v, %v.Supported() = %v", Generic.Supported(), best, best.Supported())
	}
	if (best + 1).Supported() || ISA(-1).Supported() {
		t.Errorf("more is supported than %v", best)
	}
	if all := All(); all[0] != Generic || all[len(all)-1] != best {
		t.Errorf("All() = %v, best is %v", all, best)
	}
	if d := Describe(); !strings.Contains(d, best.String()) {
		t.Errorf("Describe() = %q does not name %v", d, best)
	}
}
