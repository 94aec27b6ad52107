package schema

import (
	encoding "encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// shape is a thing to choose: a circle or a square.
type shape interface {
	Described
	String() string
}

type circle struct {
	radius float64
}

func (c *circle) Schema(b *Block) {
	b.Doc("A circle.", "test")
	b.Float(&c.radius, "radius", "Its radius.", Default(1.0), Above(0))
}
func (c *circle) String() string { return fmt.Sprintf("circle(%g)", c.radius) }

type square struct{ side int }

func (s *square) Schema(b *Block) {
	b.Doc("A square.", "test", "It has four corners.")
	b.Int(&s.side, "side", "Its side.", AtLeast(1), AtMost(10))
}
func (s *square) String() string { return fmt.Sprintf("square(%d)", s.side) }

var shapes = func() *Registry[shape] {
	r := NewRegistry[shape]("shape")
	r.Register("circle", func() shape { return new(circle) }, "round")
	r.Register("square", func() shape { return new(square) })
	r.Planned("triangle")
	return r
}()

// everything has one argument of each kind.
type everything struct {
	i      int
	oi     *int
	f      float64
	of     *float64
	b      bool
	s      string
	e      string
	is     []int
	fs     []float64
	ss     []string
	pair   [2]int
	many   []int
	any    cty.Value
	expr   Expr
	open   int
	one    shape
	none   shape
	number shape
	list   []shape
	per    []PerOutput[shape]
	perAny []PerOutput[shape]

	invalid error
}

func (x *everything) Schema(b *Block) {
	b.Doc("Everything at once.", "test")
	b.Int(&x.i, "i", "An integer.", Default(3), AtLeast(0))
	b.OptInt(&x.oi, "oi", "An optional integer.")
	b.Float(&x.f, "f", "A number.", Default(0.5), AtLeast(0), Below(1))
	b.OptFloat(&x.of, "of", "An optional number.", AtMost(2))
	b.Bool(&x.b, "b", "True or false.", Default(true))
	b.String(&x.s, "s", "A string.", Default("text"))
	b.Enum(&x.e, "e", "A word.", []string{"same", "valid"}, Default("valid"))
	b.Ints(&x.is, "is", "Integers.", Optional(), AtLeast(0))
	b.Floats(&x.fs, "fs", "Numbers.", Default([]float64{1, 2}))
	b.Strings(&x.ss, "ss", "Strings.", Optional(), OneOf("a", "b"))
	b.Pair(&x.pair, "pair", "Two.", Default(1), AtLeast(1))
	b.IntOrInts(&x.many, "many", "One or several.", Optional())
	b.Value(&x.any, "any", "Any value.", func(v cty.Value) error {
		if v.RawEquals(cty.StringVal("bad")) {
			return errors.New("bad is not good")
		}
		return nil
	}, Optional())
	b.Expr(&x.expr, "expr", "Evaluated later.", Optional())
	b.Int(&x.open, "open", "May depend on data.", Default(0), MayBeUnknown())
	Choose(b, &x.one, "one", "A shape.", shapes, Default("circle"))
	Choose(b, &x.none, "none", "Perhaps a shape.", shapes, Optional())
	ChooseOrNumber(b, &x.number, "number", "A shape, or a circle's radius.", shapes, func(f float64) shape { return &circle{radius: f} }, Default(0.25), Above(0))
	ChooseAny(b, &x.list, "list", "element", "Shapes.", shapes)
	ChoosePerOutput(b, &x.per, "per", "per", "A shape by output.", shapes)
	ChoosePerOutput(b, &x.perAny, "pers", "perany", "Shapes by output.", shapes)
}

func (x *everything) Validate() error { return x.invalid }

func (x *everything) String() string {
	var w strings.Builder
	opt := func(p any) string {
		switch p := p.(type) {
		case *int:
			if p != nil {
				return fmt.Sprint(*p)
			}
		case *float64:
			if p != nil {
				return fmt.Sprint(*p)
			}
		}
		return "-"
	}
	per := func(list []PerOutput[shape]) (s []string) {
		for _, p := range list {
			if p.None {
				s = append(s, p.Output+":none")
			} else {
				s = append(s, fmt.Sprintf("%s:%s", p.Output, p.Thing))
			}
		}
		return s
	}
	fmt.Fprintf(&w, "%d %s %g %s %v %q %q %v %v %q %v %v %s", x.i, opt(x.oi), x.f, opt(x.of), x.b, x.s, x.e, x.is, x.fs, x.ss, x.pair, x.many, Show(x.any))
	fmt.Fprintf(&w, " open %d one %v none %v number %v list %v per %v pers %v", x.open, x.one, x.none, x.number, x.list, per(x.per), per(x.perAny))
	return w.String()
}

const (
	defaults = `3 - 0.5 - true "text" "valid" [] [1 2] [] [1 1] [] nothing`
	choices  = ` open 0 one circle(1) none <nil> number circle(0.25) list [] per [] pers []`
)

func decode(t *testing.T, src, name string, x *everything) (*Decoded, hcl.Diagnostics) {
	t.Helper()
	var f *hcl.File
	var diags hcl.Diagnostics
	if strings.HasSuffix(name, ".json") {
		f, diags = json.Parse([]byte(src), name)
	} else {
		f, diags = hclsyntax.ParseConfig([]byte(src), name, hcl.InitialPos)
	}
	if diags.HasErrors() {
		t.Fatalf("%s: %v", src, diags)
	}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{
		"unknown": cty.DynamicVal, "unknown_number": cty.UnknownVal(cty.Number), "unknown_string": cty.UnknownVal(cty.String),
		"name": cty.StringVal("square"), "names": cty.ListVal([]cty.Value{cty.StringVal("circle"), cty.StringVal("round")}),
		"by_output": cty.ObjectVal(map[string]cty.Value{"a": cty.StringVal("circle"), "b": cty.NullVal(cty.String)}),
	}}
	where := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	return Decode(f.Body, ctx, x, `layer "x"`, where, "inputs")
}

// TestDecode reads what is right, in both syntaxes.
func TestDecode(t *testing.T) {
	for _, c := range []struct{ native, json, want string }{
		{``, `{}`, defaults + choices},
		{"i = null\none = null\nis = null", `{"i": null, "one": null, "is": null}`, defaults + choices},
		{
			"i = 7\noi = 8\nf = 0.25\nof = 2\nb = false\ns = \"x\"\ne = \"same\"", `{"i": 7, "oi": 8, "f": 0.25, "of": 2, "b": false, "s": "x", "e": "same"}`,
			`7 8 0.25 2 false "x" "same" [] [1 2] [] [1 1] [] nothing` + choices,
		},
		{
			"is = [1, null, 3]\nfs = [0.5]\nss = [\"a\"]\npair = [2, 3]\nmany = 4\nany = { a = 1 }", `{"is": [1, null, 3], "fs": [0.5], "ss": ["a"], "pair": [2, 3], "many": 4, "any": {"a": 1}}`,
			`3 - 0.5 - true "text" "valid" [1 -1 3] [0.5] ["a"] [2 3] [4] an object with a` + choices,
		},
		{"pair = 5\nmany = [1, 2]", `{"pair": 5, "many": [1, 2]}`, `3 - 0.5 - true "text" "valid" [] [1 2] [] [5 5] [1 2] nothing` + choices},

		{`one = "round"`, `{"one": "round"}`, defaults + strings.Replace(choices, "one circle(1)", "one circle(1)", 1)},
		{"one \"square\" {\n side = 4\n}", `{"one": {"square": {"side": 4}}}`, defaults + strings.Replace(choices, "one circle(1)", "one square(4)", 1)},
		{"none \"circle\" {}", `{"none": {"circle": {}}}`, defaults + strings.Replace(choices, "none <nil>", "none circle(1)", 1)},
		{`number = 2`, `{"number": 2}`, defaults + strings.Replace(choices, "circle(0.25)", "circle(2)", 1)},
		{"number \"circle\" {\n radius = 3\n}", `{"number": {"circle": {"radius": 3}}}`, defaults + strings.Replace(choices, "circle(0.25)", "circle(3)", 1)},

		{`list = ["circle", "round"]`, `{"list": ["circle", "round"]}`, defaults + strings.Replace(choices, "list []", "list [circle(1) circle(1)]", 1)},
		{`list = "circle"`, `{"list": "circle"}`, defaults + strings.Replace(choices, "list []", "list [circle(1)]", 1)},
		{`list = names`, `{"list": "${names}"}`, defaults + strings.Replace(choices, "list []", "list [circle(1) circle(1)]", 1)},
		{"element \"square\" {\n side = 1\n}\nelement \"circle\" {}", `{"element": [{"square": {"side": 1}}, {"circle": {}}]}`, defaults + strings.Replace(choices, "list []", "list [square(1) circle(1)]", 1)},
		{"list = [\"circle\"]\nelement \"square\" {\n side = 2\n}", `{"list": ["circle", {"square": {"side": 2}}]}`, defaults + strings.Replace(choices, "list []", "list [circle(1) square(2)]", 1)},

		{`per = "circle"`, `{"per": "circle"}`, defaults + strings.Replace(choices, "per []", "per [:circle(1)]", 1)},
		{"per \"square\" {\n side = 2\n}", `{"per": {"square": {"side": 2}}}`, defaults + strings.Replace(choices, "per []", "per [:square(2)]", 1)},
		{`per = { a = "circle", b = null }`, `{"per": {"a": "circle", "b": null}}`, defaults + strings.Replace(choices, "per []", "per [a:circle(1) b:none]", 1)},
		{`per = by_output`, `{"per": "${by_output}"}`, defaults + strings.Replace(choices, "per []", "per [a:circle(1) b:none]", 1)},
		{
			"per \"square\" {\n side = 2\n output = \"a\"\n}\nper \"circle\" {\n output = \"b\"\n}", `{"per": [{"square": {"side": 2, "output": "a"}}, {"circle": {"output": "b"}}]}`,
			defaults + strings.Replace(choices, "per []", "per [a:square(2) b:circle(1)]", 1),
		},
		{``, `{"per": {"a": {"square": {"side": 3}}, "b": "circle"}}`, defaults + strings.Replace(choices, "per []", "per [a:square(3) b:circle(1)]", 1)},
		{`pers = { a = ["circle", "round"], b = "circle" }`, `{"pers": {"a": ["circle", "round"], "b": "circle"}}`, defaults + strings.Replace(choices, "pers []", "pers [a:circle(1) a:circle(1) b:circle(1)]", 1)},
		{
			"pers = [\"circle\"]\nperany \"circle\" {\n radius = 2\n output = \"a\"\n}", `{"pers": ["circle"], "perany": {"circle": {"radius": 2, "output": "a"}}}`,
			defaults + strings.Replace(choices, "pers []", "pers [:circle(1) a:circle(2)]", 1),
		},
	} {
		for name, src := range map[string]string{"x.hcl": c.native, "x.hcl.json": c.json} {
			if src == "" && c.want != defaults+choices {
				continue
			}
			var x everything
			_, diags := decode(t, src, name, &x)
			if diags.HasErrors() {
				t.Errorf("%s: %v", src, diags)
			}
			if d := cmp.Diff(c.want, x.String()); d != "" {
				t.Errorf("%s (-want +got):\n%s", src, d)
			}
		}
	}
}

// TestMistakes gives the first line of each diagnostic, with the text it points at.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"x.hcl", "i = \"7\"", []string{`"7"|Invalid value for "i": An integer is wanted, got "7": leave out the quotes.`}},
		{"x.hcl", "i = 1.5", []string{`1.5|Invalid value for "i": A whole number is wanted, got 1.5.`}},
		{"x.hcl", "i = -1", []string{`-1|Invalid value for "i": A number of at least 0 is wanted, got -1.`}},
		{"x.hcl", "i = 1 / 0", []string{`1 / 0|Invalid value for "i": The number is infinite (it was divided by 0?).`}},
		{"x.hcl", "f = 1 / 0", []string{`1 / 0|Invalid value for "f": The number is infinite (it was divided by 0?).`}},
		{"x.hcl", "any = [1 / 0]", []string{`[1 / 0]|Invalid value for "any": The number is infinite (it was divided by 0?).`}},
		{"x.hcl", "i = 3e9", []string{`3e9|Invalid value for "i": 3000000000 is out of range: integers here stay within 32 bits.`}},
		{"x.hcl", "i = []", []string{`[]|Invalid value for "i": An integer is wanted, got [].`}},
		{"x.hcl", "f = true", []string{`true|Invalid value for "f": A number is wanted, got true.`}},
		{"x.hcl", "f = 1", []string{`1|Invalid value for "f": A number below 1 is wanted, got 1.`}},
		{"x.hcl", "of = 2.5", []string{`2.5|Invalid value for "of": A number of at most 2 is wanted, got 2.5.`}},
		{"x.hcl", "b = \"true\"", []string{`"true"|Invalid value for "b": True or false is wanted, got "true": leave out the quotes.`}},
		{"x.hcl", "s = 3", []string{`3|Invalid value for "s": A string is wanted, got 3.`}},
		{"x.hcl", "e = \"smae\"", []string{`"smae"|Invalid value for "e": One of "same", "valid" is wanted, got "smae". Did you mean "same"?`}},
		{"x.hcl", "is = 3", []string{`3|Invalid value for "is": A list of integers is wanted, got 3.`}},
		{"x.hcl", "is = [1, \"a\"]", []string{`[1, "a"]|Invalid value for "is": Element 1: an integer is wanted, got "a".`}},
		{"x.hcl", "is = [1, -2]", []string{`[1, -2]|Invalid value for "is": Element 1: a number of at least 0 is wanted, got -2.`}},
		{"x.hcl", "is = [unknown, -2]", []string{`[unknown, -2]|Invalid value for "is": Element 1: a number of at least 0 is wanted, got -2.`}},
		{"x.hcl", "ss = [\"a\", \"c\"]", []string{`["a", "c"]|Invalid value for "ss": Element 1: one of "a", "b" is wanted, got "c". Did you mean "a"?`}},
		{"x.hcl", "pair = [1, 2, 3]", []string{`[1, 2, 3]|Invalid value for "pair": An integer or a list of two is wanted, got a list of 3.`}},
		{"x.hcl", "pair = [1, 0]", []string{`[1, 0]|Invalid value for "pair": Element 1: a number of at least 1 is wanted, got 0.`}},
		{"x.hcl", "any = \"bad\"", []string{`"bad"|Invalid value for "any": Bad is not good.`}},
		{"x.hcl", "i = unknown_string", []string{`unknown_string|Invalid value for "i": An integer is wanted, and this will be a string.`}},
		{"x.hcl", "iput = 3", []string{`iput|Unsupported argument: layer "x" has no argument "iput". Did you mean "inputs"?`}},
		{"x.hcl", "i {}", []string{`i|Unsupported block: "i" is an argument here, not a block: write i = ...`}},
		{"x.hcl", "element = \"circle\"", []string{`element|Unsupported argument: "element" is a block here, not an argument: leave out the equals sign.`}},
		{"x.hcl", "i = nothing\nf = 3", []string{`nothing|Unknown variable: There is no variable named "nothing".`, `3|Invalid value for "f": A number below 1 is wanted, got 3.`}},

		{"x.hcl", "one = \"circel\"", []string{`"circel"|Unknown shape: There is no shape "circel". Did you mean "circle"?`}},
		{"x.hcl", "one = \"triangle\"", []string{`"triangle"|Unknown shape: "triangle" is a shape that this version of dlrun does not have yet.`}},
		{"x.hcl", "one = 3", []string{`3|Invalid value for "one": The name of a shape is wanted, got 3.`}},
		{"x.hcl", "one = { circle = {} }", []string{`{ circle = {} }|Invalid value for "one": The name of a shape is wanted, got an object with circle; to set its arguments write a block: one "NAME" { ... }.`}},
		{"x.hcl", "one = \"square\"", []string{`"square"|Missing argument: one "square" needs the argument "side": its side.`}},
		{"x.hcl", "one = \"circle\"\none \"circle\" {}", []string{`one "circle"|"one" given twice: layer "x" has both an argument and a block "one" (the argument on line 1); keep one.`}},
		{"x.hcl", "one \"circle\" {}\none \"circle\" {}", []string{`"circle"|"one" given twice: layer "x" takes one one; the other is on line 1.`}},
		{"x.hcl", "one \"square\" {\n side = 11\n sid = 3\n}", []string{`sid|Unsupported argument: one "square" has no argument "sid". Did you mean "side"?`, `11|Invalid value for "side": A number of at most 10 is wanted, got 11.`}},
		{"x.hcl", "one {}", []string{`{|Missing label: A one block is written one "NAME" { ... }.`}},
		{"x.hcl", "number = 0", []string{`0|Invalid value for "number": A number above 0 is wanted, got 0.`}},
		{"x.hcl", "number = true", []string{`true|Invalid value for "number": A number or the name of a shape is wanted, got true.`}},
		{"x.hcl", "list = [\"circle\", 3]", []string{`3|Invalid value for "list": The name of a shape, or a list of names, is wanted, got 3.`}},
		{"x.hcl", "per = \"circle\"\nper \"circle\" {}", []string{`per "circle"|"per" given twice: layer "x" has both an argument and a block "per" (the argument on line 1); keep one.`}},
		{"x.hcl", "per \"circle\" {}\nper \"circle\" {}", []string{`"circle"|"per" given twice: layer "x" has a per on line 1 already; with several outputs say which is for which, with output = "NAME".`}},
		{"x.hcl", "per \"circle\" {\n output = \"a\"\n}\nper \"circle\" {\n output = \"a\"\n}", []string{`"a"|"per" given twice: Output "a" has a per on line 2 already.`}},
		{"x.hcl", "per \"circle\" {\n output = 3\n}", []string{`3|Invalid value for "output": The name of an output is wanted: a string is wanted, got 3.`}},

		{"x.hcl.json", `{"i": "7", "iput": 1}`, []string{`"iput"|Unsupported argument or block: layer "x" has no argument or block "iput". Did you mean "inputs"?`, `"7"|Invalid value for "i": An integer is wanted, got "7": leave out the quotes.`}},
		{"x.hcl.json", `{"one": {"circel": {}}}`, []string{`"circel"|Unknown shape: There is no shape "circel". Did you mean "circle"?`}},
		{"x.hcl.json", `{"one": {"circle": {"radius": 0}}}`, []string{`0|Invalid value for "radius": A number above 0 is wanted, got 0.`}},
		{"x.hcl.json", `{"one": {"circle": {"radius": 1, "radius": 2}}}`, []string{`"radius"|Duplicate argument: "radius" is set on line 1 already.`}},
		{"x.hcl.json", `{"one": {"circle": {"radiuss": 1}}}`, []string{`"radiuss"|Unsupported argument or block: one "circle" has no argument or block "radiuss". Did you mean "radius"?`}},
		{"x.hcl.json", `{"one": {"circle": 3}}`, []string{`{"circle": 3}|Invalid value for "one": The name of a shape is wanted, got an object with circle; to set its arguments write a block: one "NAME" { ... }.`}},
		{"x.hcl.json", `{"per": {"squar": {"side": 3}}}`, []string{`"squar"|Unknown shape: There is no shape "squar". Did you mean "square"?`}},
	} {
		var x everything
		_, diags := decode(t, c.src, c.name, &x)
		var got []string
		for _, d := range diags {
			got = append(got, fmt.Sprintf("%s|%s: %s", d.Subject.SliceBytes([]byte(c.src)), d.Summary, d.Detail))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.src, d)
		}
	}
}

// TestUnknown decodes values that depend on data that has not been read.
func TestUnknown(t *testing.T) {
	for _, c := range []struct {
		src, unknown string
		partial      bool
		i            int
	}{
		{"i = unknown", "i", true, UnknownInt},
		{"i = unknown_number", "i", true, UnknownInt},
		{"open = unknown", "open", false, 3},
		{"s = unknown", "s", true, 3},
		{"pair = [unknown, 1]", "pair", true, 3},
		{"one = unknown", "one", true, 3},
		{"list = [\"circle\", unknown]", "list", true, 3},
		{"list = unknown", "list", true, 3},
		{"per = { a = unknown }", "per", true, 3},
		{"per = { (unknown) = \"circle\" }", "per", true, 3},
		{"expr = unknown", "", false, 3},
	} {
		var x everything
		x.invalid = errors.New("not asked while something is unknown")
		out, diags := decode(t, c.src, "x.hcl", &x)
		if c.unknown == "" {
			x.invalid = nil
			out, diags = decode(t, c.src, "x.hcl", &x)
		}
		if diags.HasErrors() {
			t.Errorf("%s: %v", c.src, diags)
		}
		if got := strings.Join(out.Unknown, " "); got != c.unknown || out.Partial() != c.partial || x.i != c.i {
			t.Errorf("%s: unknown %q, partial %v, i %d; want %q, %v, %d", c.src, got, out.Partial(), x.i, c.unknown, c.partial, c.i)
		}
	}
	var x everything
	if _, diags := decode(t, "is = [unknown, 4]", "x.hcl", &x); diags.HasErrors() || len(x.is) != 2 || x.is[0] != UnknownInt || x.is[1] != 4 {
		t.Errorf("a list with an open element is %v %v", x.is, diags)
	}
	if _, diags := decode(t, "open = unknown", "x.hcl", &x); diags.HasErrors() || x.open != UnknownInt {
		t.Errorf("an open size is %d %v", x.open, diags)
	}
}

// TestValidate points a rule's complaint at the argument it names.
func TestValidate(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{Atf("f", "f is too small"), "0.25|F is too small."},
		{Atf("s", "s was left out"), "|S was left out."},
		{errors.New("all is wrong"), "|All is wrong."},
		{fmt.Errorf("wrapped: %w", Atf("f", "x")), "0.25|Wrapped: x."},
	} {
		x := everything{invalid: c.err}
		src := "f = 0.25"
		_, diags := decode(t, src, "x.hcl", &x)
		if len(diags) != 1 {
			t.Fatalf("%v: %v", c.err, diags)
		}
		if got := string(diags[0].Subject.SliceBytes([]byte(src))) + "|" + diags[0].Detail; got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestExpr evaluates an expression later, with names of its own.
func TestExpr(t *testing.T) {
	var x everything
	if _, diags := decode(t, `expr = "${name} ${epoch}"`, "x.hcl", &x); diags.HasErrors() {
		t.Fatal(diags)
	}
	v, diags := x.expr.Eval(map[string]cty.Value{"epoch": cty.NumberIntVal(3)})
	if diags.HasErrors() || v.AsString() != "square 3" {
		t.Errorf("%v %v", v, diags)
	}
	// What it says depends on what it refers to.
	for src, want := range map[string]string{
		`expr = name == "x" ? epoch : names[0]`: `{"expression":"name == \"x\" ? epoch : names[0]","name":"square","names[0]":"circle"}`,
		`expr = 2 * epoch`:                      `"2 * epoch"`,
	} {
		x = everything{}
		d, diags := decode(t, src, "x.hcl", &x)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		files := map[string]*hcl.File{"x.hcl": {Bytes: []byte(src)}}
		got, err := encoding.Marshal(d.Block.Values(files)["expr"])
		if err != nil || string(got) != want {
			t.Errorf("%s: %s %v", src, got, err)
		}
	}
}

// TestRegistry names what there is.
func TestRegistry(t *testing.T) {
	if d := cmp.Diff([]string{"circle", "square"}, shapes.Names()); d != "" {
		t.Error(d)
	}
	if shapes.Full("round") != "circle" || !shapes.Has("round") || shapes.Has("triangle") || shapes.Kind() != "shape" {
		t.Error("names and aliases are mixed up")
	}
	if d := cmp.Diff([]string{"round"}, shapes.Aliases("circle")); d != "" {
		t.Error(d)
	}
	if shapes.Describe("nothing") != nil || shapes.Describe("square").Arg("side") == nil {
		t.Error("descriptions are mixed up")
	}
	defer func() {
		if recover() == nil {
			t.Error("a name taken twice is a programmer's mistake")
		}
	}()
	shapes.Register("round", func() shape { return nil })
}

// TestSuggest proposes what is near, and lists what is short.
func TestSuggest(t *testing.T) {
	for _, c := range []struct {
		got   string
		names []string
		want  string
	}{
		{"unts", []string{"units", "name"}, ` Did you mean "units"?`},
		{"xyzzy", []string{"units"}, ` There is "units".`},
		{"xyzzy", nil, ""},
		{"xyzzy", make([]string, 50), ""},
	} {
		if got := Suggest(c.got, c.names); got != c.want {
			t.Errorf("Suggest(%q) = %q, want %q", c.got, got, c.want)
		}
	}
}

// TestShow keeps values short.
func TestShow(t *testing.T) {
	long := cty.StringVal(strings.Repeat("é", 100))
	for _, c := range []struct {
		v    cty.Value
		want string
	}{
		{cty.NilVal, "nothing"},
		{cty.NullVal(cty.String), "null"},
		{cty.DynamicVal, "a value that is not known yet"},
		{cty.NumberFloatVal(0.1), "0.1"},
		{cty.NumberIntVal(7), "7"},
		{cty.PositiveInfinity, "+Inf"},
		{cty.True, "true"},
		{cty.StringVal("a"), `"a"`},
		{long, `"` + strings.Repeat("é", 29) + `…"`},
		{cty.TupleVal([]cty.Value{cty.True, cty.EmptyTupleVal}), "[true, a list of 0]"},
		{cty.ListVal(make10()), "a list of 10"},
		{cty.EmptyObjectVal, "an empty object"},
		{cty.ObjectVal(map[string]cty.Value{"a": cty.True, "b": cty.True}), "an object with a, b"},
		{cty.StringVal("m").Mark("x"), `"m"`},
	} {
		if got := Show(c.v); got != c.want {
			t.Errorf("Show(%#v) = %s, want %s", c.v, got, c.want)
		}
	}
}

func make10() (out []cty.Value) {
	for i := range 10 {
		out = append(out, cty.NumberIntVal(int64(i)))
	}
	return out
}

// TestPath resolves what came from the command line against its own directory.
func TestPath(t *testing.T) {
	var file, text string
	var files []string
	d := describedFunc(func(b *Block) {
		b.String(&file, "file", "A file.", Optional(), Path())
		b.Strings(&files, "files", "Files.", Optional(), Path())
		b.String(&text, "text", "A text.", Optional())
	})
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{
		"rel": MarkPaths(cty.StringVal("data/x.csv"), "/cwd"), "abs": MarkPaths(cty.StringVal("/x.csv"), "/cwd"), "url": MarkPaths(cty.StringVal("s3://b/x"), "/cwd"),
		"list": MarkPaths(cty.TupleVal([]cty.Value{cty.StringVal("a"), cty.NumberIntVal(1)}), "/cwd"),
	}}
	for src, want := range map[string]string{
		"file = rel": "/cwd/data/x.csv", "file = abs": "/x.csv", "file = url": "s3://b/x", `file = "x.csv"`: "x.csv",
		`file = "${rel}.gz"`: "/cwd/data/x.csv.gz", `file = "in/${rel}"`: "in/data/x.csv", `files = ["b", list[0]]`: "[b /cwd/a]", "text = rel": "data/x.csv",
	} {
		f, diags := hclsyntax.ParseConfig([]byte(src), "x.hcl", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		file, files, text = "", nil, ""
		if _, diags := Decode(f.Body, ctx, d, "x", hcl.Range{}); diags.HasErrors() {
			t.Errorf("%s: %v", src, diags)
		}
		got := file + text
		if files != nil {
			got = fmt.Sprint(files)
		}
		if got != want {
			t.Errorf("%s gives %s, want %s", src, got, want)
		}
	}
}

type describedFunc func(b *Block)

func (f describedFunc) Schema(b *Block) { f(b) }

// TestLists refuses lists that are too long to be meant.
func TestLists(t *testing.T) {
	v := cty.ListVal([]cty.Value{cty.Zero})
	if _, err := each(v, "integers", asInt); err != nil {
		t.Error(err)
	}
	if _, err := asFloat(cty.MustParseNumberVal("1e400")); err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Error(err)
	}
	if n, err := asInt(cty.NumberIntVal(math.MaxInt32)); n != math.MaxInt32 || err != nil {
		t.Error(n, err)
	}
	if _, err := asInt(cty.NumberIntVal(math.MaxInt32 + 1)); err == nil {
		t.Error("integers stay within 32 bits")
	}
}
