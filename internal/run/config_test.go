package run

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChanged(t *testing.T) {
	values := func(s string) Config { return Config{Epochs: 5, Values: json.RawMessage(s)} }
	base := `{"seed":9007199254740993,"train":{"main":{"lr":0.001,"layers":[{"units":1},{"units":2}],"on":true,"x":null}}}`
	for name, c := range map[string]struct {
		old, new Config
		want     []Difference
	}{
		"the same":     {values(base), values(base), nil},
		"form only":    {values(base), values(strings.Replace(strings.ReplaceAll(base, ",", ", "), "0.001", "1e-3", 1)), nil},
		"more epochs":  {values(base), Config{Epochs: 9, Values: json.RawMessage(base)}, nil},
		"fewer epochs": {values(base), Config{Epochs: 4, Values: json.RawMessage(base)}, []Difference{{"epochs", "5", "4"}}},
		"a number":     {values(base), values(strings.Replace(base, "0.001", "0.01", 1)), []Difference{{"train.main.lr", "0.001", "0.01"}}},
		"in a list":    {values(base), values(strings.Replace(base, `"units":2`, `"units":3`, 1)), []Difference{{"train.main.layers[1].units", "2", "3"}}},
		"a longer list": {values(base), values(strings.Replace(base, `{"units":1},`, "", 1)), []Difference{{
			"train.main.layers", `[{"units":1},{"units":2}]`, `[{"units":2}]`,
		}}},
		"big integers":  {values(base), values(strings.Replace(base, "993", "992", 1)), []Difference{{"seed", "9007199254740993", "9007199254740992"}}},
		"new and gone":  {values(base), values(strings.Replace(base, `"lr":0.001`, `"rate":1`, 1)), []Difference{{"train.main.lr", "0.001", ""}, {"train.main.rate", "", "1"}}},
		"another type":  {values(base), values(strings.Replace(base, "true", `"true"`, 1)), []Difference{{"train.main.on", "true", `"true"`}}},
		"null is there": {values(base), values(strings.Replace(base, `,"x":null`, "", 1)), []Difference{{"train.main.x", "null", ""}}},
		"not JSON":      {values("a"), values("b"), []Difference{{"configuration", "a", "b"}}},
		"text": {
			Config{Source: map[string]string{"a.hcl": "1\n2\n3", "b.hcl": "x", "d.hcl": "same"}},
			Config{Source: map[string]string{"a.hcl": "1\n2\n4", "c.hcl": "y", "d.hcl": "same"}},
			[]Difference{{"a.hcl:3", `"3"`, `"4"`}, {"b.hcl", `"x"`, ""}, {"c.hcl", "", `"y"`}},
		},
		"text cut": {
			Config{Source: map[string]string{"a.hcl": "1\n2"}},
			Config{Source: map[string]string{"a.hcl": "1"}},
			[]Difference{{"a.hcl:2", `"2"`, ""}},
		},
	} {
		if diff := cmp.Diff(c.want, Changed(c.old, c.new)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for want, d := range map[string]Difference{
		"lr was 1, is 2":       {"lr", "1", "2"},
		"lr is new: 2":         {"lr", "", "2"},
		"lr is gone: it was 1": {"lr", "1", ""},
		"x is new: " + strings.Repeat("é", 80) + "…": {"x", "", strings.Repeat("é", 81)},
	} {
		if got := d.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestManifestChanged(t *testing.T) {
	in := func(path, content string) Input { return HashBytes(path, []byte(content)) }
	conf := in("model.hcl", "epochs = 5")
	conf.Configuration = true
	edited := in("model.hcl", "epochs = 9")
	edited.Configuration = true
	old := &Manifest{Seed: 1, Device: "cpu", Precision: "float32", Inputs: []Input{in("a.csv", "a"), in("b.csv", "b"), in("c.csv", "c"), conf}}
	same := &Manifest{
		Seed: 1, Device: "cpu", Precision: "float32", Dlrun: "other", Machine: Machine{Threads: 9},
		Inputs: []Input{in("moved/a.csv", "a"), in("c.csv", "c"), in("b.csv", "b"), edited},
	}
	if diff := old.Changed(same); len(diff) != 0 {
		t.Errorf("nothing changed, but: %v", diff)
	}
	other := &Manifest{Seed: 2, Device: "cuda:0", Precision: "mixed_bfloat16", Inputs: []Input{in("a.csv", "A"), in("new.csv", "n"), in("c.csv", "c")}}
	var paths []string
	for _, d := range old.Changed(other) {
		paths = append(paths, d.Path)
	}
	if diff := cmp.Diff([]string{"seed", "precision", "a.csv", "b.csv", "new.csv"}, paths); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

func TestHashFiles(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	big := strings.Repeat("0123456789abcdef", 200_000)
	mustWrite(t, a, "abc")
	mustWrite(t, b, big)
	got, err := HashFiles(t.Context(), []string{a, b, a})
	if err != nil {
		t.Fatal(err)
	}
	want := []Input{
		{Path: filepath.ToSlash(a), SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Bytes: 3}, // FIPS 180-2, B.1
		HashBytes(filepath.ToSlash(b), []byte(big)),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hashes (-want +got):\n%s", diff)
	}
	if _, err := HashFiles(t.Context(), []string{dir}); err == nil {
		t.Error("a folder was hashed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := HashFile(ctx, b); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
}
