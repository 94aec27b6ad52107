package pipeline

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/dlrun/dlrun/dsl"
)

// dataset reads a dataset block's body as package dsl does, without variables or functions.
func dataset(t testing.TB, dir, body string) *dsl.Dataset {
	t.Helper()
	f, diags := hclparse.NewParser().ParseHCL([]byte(body), "model.hcl")
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: map[string]function.Function{}}
	content, diags := f.Body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "on_error"}}, Blocks: []hcl.BlockHeaderSchema{
		{Type: "source", LabelNames: []string{"kind"}},
		{Type: "feature", LabelNames: []string{"name"}},
		{Type: "target", LabelNames: []string{"name"}},
		{Type: "weight"},
		{Type: "window"},
		{Type: "split"},
	}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	d := &dsl.Dataset{Name: "d", Dir: dir, OnError: "fail"}
	if a := content.Attributes["on_error"]; a != nil {
		v, _ := a.Expr.Value(ctx)
		d.OnError = v.AsString()
	}
	for _, b := range content.Blocks {
		switch b.Type {
		case "source":
			d.Source = dsl.Named{Kind: b.Labels[0], KindRange: b.LabelRanges[0], DeclRange: b.DefRange, Body: b.Body, Context: ctx}
		case "feature", "target":
			col := columnBlock(t, b, ctx)
			if b.Type == "feature" {
				d.Features = append(d.Features, col)
			} else {
				d.Targets = append(d.Targets, col)
			}
		case "weight":
			var w struct {
				Column string `hcl:"column"`
				Target string `hcl:"target,optional"`
			}
			if diags := gohcl.DecodeBody(b.Body, ctx, &w); diags.HasErrors() {
				t.Fatal(diags)
			}
			d.Weights = append(d.Weights, &dsl.Weight{Column: w.Column, Target: w.Target, DeclRange: b.DefRange})
		case "window":
			w := struct {
				Length  int    `hcl:"sequence_length"`
				Stride  int    `hcl:"sequence_stride,optional"`
				Rate    int    `hcl:"sampling_rate,optional"`
				OrderBy string `hcl:"order_by,optional"`
				Group   string `hcl:"group,optional"`
			}{Stride: 1, Rate: 1}
			if diags := gohcl.DecodeBody(b.Body, ctx, &w); diags.HasErrors() {
				t.Fatal(diags)
			}
			d.Window = &dsl.Window{Length: w.Length, Stride: max(1, w.Stride), Rate: max(1, w.Rate), OrderBy: w.OrderBy, Group: w.Group, DeclRange: b.DefRange, Ranges: map[string]hcl.Range{}}
		case "split":
			var s struct {
				Validation float64 `hcl:"validation,optional"`
				Test       float64 `hcl:"test,optional"`
				Stratify   string  `hcl:"stratify,optional"`
				Group      string  `hcl:"group,optional"`
				OrderBy    string  `hcl:"order_by,optional"`
				Column     string  `hcl:"column,optional"`
				Folds      int     `hcl:"folds,optional"`
				Fold       int     `hcl:"fold,optional"`
			}
			if diags := gohcl.DecodeBody(b.Body, ctx, &s); diags.HasErrors() {
				t.Fatal(diags)
			}
			d.Split = &dsl.Split{Validation: s.Validation, Test: s.Test, Stratify: s.Stratify, Group: s.Group, OrderBy: s.OrderBy, Column: s.Column, Folds: s.Folds, Fold: s.Fold, DeclRange: b.DefRange, Ranges: map[string]hcl.Range{}}
			attrs, _ := b.Body.JustAttributes()
			for n, a := range attrs {
				d.Split.Ranges[n] = a.Expr.Range()
			}
		}
	}
	return d
}

func columnBlock(t testing.TB, b *hcl.Block, ctx *hcl.EvalContext) *dsl.Column {
	content, diags := b.Body.Content(&hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "column"}, {Name: "columns"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "transform", LabelNames: []string{"kind"}}, {Type: "augment", LabelNames: []string{"kind"}}},
	})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	col := &dsl.Column{Name: b.Labels[0], DeclRange: b.DefRange, Columns: []string{b.Labels[0]}}
	for _, a := range content.Attributes {
		v, diags := a.Expr.Value(ctx)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		col.ColumnsRange = a.Expr.Range()
		if a.Name == "column" {
			col.Columns = []string{v.AsString()}
			continue
		}
		col.Columns = nil
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			col.Columns = append(col.Columns, e.AsString())
		}
	}
	for _, s := range content.Blocks {
		col.Steps = append(col.Steps, dsl.Step{
			Augment: s.Type == "augment",
			Named:   dsl.Named{Kind: s.Labels[0], KindRange: s.LabelRanges[0], DeclRange: s.DefRange, Body: s.Body, Context: ctx},
		})
	}
	return col
}

// said is what diagnostics say, a line each.
func said(diags hcl.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		fmt.Fprintf(&b, "%d: %s; %s\n", d.Subject.Start.Line, d.Summary, d.Detail)
	}
	return b.String()
}

// npy writes an array as NumPy does.
func npy(shape []int, data any) []byte {
	var raw bytes.Buffer
	descr := ""
	switch data := data.(type) {
	case []float32:
		descr = "<f4"
		binary.Write(&raw, binary.LittleEndian, data)
	case []float64:
		descr = "<f8"
		binary.Write(&raw, binary.LittleEndian, data)
	case []int32:
		descr = "<i4"
		binary.Write(&raw, binary.LittleEndian, data)
	case []int64:
		descr = "<i8"
		binary.Write(&raw, binary.LittleEndian, data)
	case []uint8:
		descr = "|u1"
		raw.Write(data)
	case []string:
		n := 1
		for _, s := range data {
			n = max(n, len([]rune(s)))
		}
		descr = fmt.Sprintf("<U%d", n)
		for _, s := range data {
			rs := append([]rune(s), make([]rune, n)...)
			binary.Write(&raw, binary.LittleEndian, rs[:n])
		}
	default:
		panic("npy: what is this?")
	}
	return npyRaw(descr, false, shape, raw.Bytes())
}

func npyRaw(descr string, fortran bool, shape []int, raw []byte) []byte {
	dims := ""
	for _, d := range shape {
		dims += fmt.Sprintf("%d,", d)
	}
	order := "False"
	if fortran {
		order = "True"
	}
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", descr, order, dims)
	for (10+len(head)+1)%64 != 0 {
		head += " "
	}
	head += "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8))
	return append(append(out, head...), raw...)
}

// npzFile writes arrays to a file.
func npzFile(t testing.TB, path string, arrays map[string][]byte) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, raw := range arrays {
		w, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, b.Bytes())
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// same tells whether two floats have the same bits.
func same(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }
