package dsl

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// eval evaluates an expression as a file does, metered and with all functions of a module in dir.
func eval(t testing.TB, dir, text string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	if diags := checkText("x.hcl", []byte(text)); diags.HasErrors() {
		return cty.NilVal, diags
	}
	e, diags := hclsyntax.ParseExpression([]byte(text), "x.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	l := &loader{work: newWork()}
	meter(e, l.work)
	m := &Module{reads: map[string][]byte{}}
	return e.Value(&hcl.EvalContext{Functions: functions(place{osTree{}, dir}, m, l), Variables: map[string]cty.Value{}})
}

// TestFunctions gives each function's value beside the same value written out. A function without a line
// here fails the test.
func TestFunctions(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.txt": "hello\n", "sub/b.txt": "b", "t.tmpl": "%{for x in xs}<${x}>%{endfor}"} {
		if err := os.MkdirAll(dir+"/sub", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cases := [][2]string{
		{`abs(-2)`, `2`},
		{`ceil(1.2)`, `2`},
		{`floor(-1.2)`, `-2`},
		{`max(1, 3, 2)`, `3`},
		{`min(1, 3, 2)`, `1`},
		{`parseint("ff", 16)`, `255`},
		{`signum(-3)`, `-1`},
		{`exp(0)`, `1`},
		{`exp(1)`, `2.718281828459045`},
		{`exp(-1000)`, `0`},
		{`sqrt(16)`, `4`},
		{`sqrt(2)`, `1.4142135623730951`},
		{`log(8, 2)`, `3`},
		{`log(1000, 10)`, `3`},
		{`log(10, exp(1))`, `2.302585092994046`},
		{`log(0.5, 2)`, `-1`},
		{`pow(2, 10)`, `1024`},
		{`pow(2, 0.5)`, `1.4142135623730951`},
		{`pow(2, -2)`, `0.25`},
		{`pow(-2, 3)`, `-8`},
		{`pow(0, 0)`, `1`},
		{`pow(0, 2)`, `0`},

		{`chomp("a\n")`, `"a"`},
		{`startswith("abc", "ab")`, `true`},
		{`endswith("abc", "ab")`, `false`},
		{`format("%05.2f %s %q %d%%", 3.14159, "x", "y", 7)`, `"03.14 x \"y\" 7%"`},
		{`formatlist("%s-%d", ["a", "b"], 3)`, `tolist(["a-3", "b-3"])`},
		{`indent(2, "a\nb")`, `"a\n  b"`},
		{`join(", ", ["a", "b"], ["c"])`, `"a, b, c"`},
		{`lower("AbC")`, `"abc"`},
		{`upper("AbC")`, `"ABC"`},
		{`regex("[a-z]+", "12ab")`, `"ab"`},
		{`regexall("[a-z]", "1a2b")`, `tolist(["a", "b"])`},
		{`regexall("(a)(b)", "abab")`, `tolist([["a", "b"], ["a", "b"]])`},
		{`replace("aXbX", "X", "-")`, `"a-b-"`},
		{`replace("a1b22", "/[0-9]+/", "<$0>")`, `"a<1>b<22>"`},
		{`split(",", "a,b")`, `tolist(["a", "b"])`},
		{`strcontains("abc", "bc")`, `true`},
		{`strrev("abc")`, `"cba"`},
		{`substr("hello", 1, 3)`, `"ell"`},
		{`title("ab cd")`, `"Ab Cd"`},
		{`trim("?a?", "?")`, `"a"`},
		{`trimprefix("ab", "a")`, `"b"`},
		{`trimsuffix("ab", "b")`, `"a"`},
		{`trimspace(" a ")`, `"a"`},

		{`alltrue([true, "true"])`, `true`},
		{`alltrue([true, null])`, `false`},
		{`alltrue([])`, `true`},
		{`anytrue([false, true])`, `true`},
		{`anytrue([])`, `false`},
		{`chunklist([1, 2, 3], 2)`, `tolist([[1, 2], [3]])`},
		{`coalesce(null, "a")`, `"a"`},
		{`coalescelist([], ["a"])`, `["a"]`},
		{`compact(["a", "", null])`, `tolist(["a"])`},
		{`concat([1], [2, 3])`, `[1, 2, 3]`},
		{`contains(["a"], "a")`, `true`},
		{`distinct([1, 2, 1])`, `tolist([1, 2])`},
		{`element(["a", "b"], 3)`, `"b"`},
		{`flatten([[1], [[2], 3]])`, `[1, 2, 3]`},
		{`index(["a", "b"], "b")`, `1`},
		{`keys({ b = 1, a = 2 })`, `["a", "b"]`},
		{`values({ b = 1, a = 2 })`, `[2, 1]`},
		{`length([1, 2])`, `2`},
		{`length("héllo")`, `5`},
		{`length({ a = 1 })`, `1`},
		{`lookup({ a = 1 }, "b", 2)`, `2`},
		{`matchkeys(["a", "b", "c"], [1, 2, 1], [1])`, `tolist(["a", "c"])`},
		{`merge({ a = 1 }, { a = 2, b = 3 })`, `{ a = 2, b = 3 }`},
		{`one(["a"])`, `"a"`},
		{`one([])`, `null`},
		{`range(3)`, `tolist([0, 1, 2])`},
		{`range(6, 0, -2)`, `tolist([6, 4, 2])`},
		{`reverse([1, 2])`, `[2, 1]`},
		{`setintersection(["a", "b"], ["b"])`, `toset(["b"])`},
		{`setproduct([1, 2], ["a"])`, `tolist([[1, "a"], [2, "a"]])`},
		{`setsubtract(["a", "b"], ["b"])`, `toset(["a"])`},
		{`setunion(["a"], ["b"])`, `toset(["a", "b"])`},
		{`slice([1, 2, 3], 1, 3)`, `[2, 3]`},
		{`sort(["b", "a"])`, `tolist(["a", "b"])`},
		{`sum([1, 2.5])`, `3.5`},
		{`transpose({ a = ["x"], b = ["x", "y"] })`, `tomap({ x = tolist(["a", "b"]), y = tolist(["b"]) })`},
		{`zipmap(["a", "b"], [1, 2])`, `{ a = 1, b = 2 }`},

		{`base64encode("hi")`, `"aGk="`},
		{`base64decode("aGk=")`, `"hi"`},
		{`csvdecode("a,b\n1,2")[0].b`, `"2"`},
		{`jsondecode("{\"a\": [1]}").a[0]`, `1`},
		{`jsonencode({ a = [1, null] })`, `"{\"a\":[1,null]}"`},
		{`urlencode("a b&c")`, `"a+b%26c"`},
		{`yamldecode("a: [1, x]").a[1]`, `"x"`},
		{`yamlencode({ a = 1 })`, `"\"a\": 1\n"`},
		{`formatdate("YYYY", "2026-01-02T03:04:05Z")`, `"2026"`},
		{`timeadd("2026-01-02T03:04:05Z", "1h")`, `"2026-01-02T04:04:05Z"`},
		{`timecmp("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z")`, `-1`},
		{`md5("")`, `"d41d8cd98f00b204e9800998ecf8427e"`},
		{`sha1("")`, `"da39a3ee5e6b4b0d3255bfef95601890afd80709"`},
		{`sha256("")`, `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`},
		{`length(sha512(""))`, `128`},
		{`base64sha256("")`, `"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="`},
		{`length(base64sha512(""))`, `88`},

		{`can(1 / "x")`, `false`},
		{`try(1 / "x", "y")`, `"y"`},
		{`tobool("true")`, `true`},
		{`tolist(["a", 1])`, `tolist(["a", "1"])`},
		{`tomap({ a = 1 })["a"]`, `1`},
		{`tonumber("3")`, `3`},
		{`toset([1, 1])`, `toset([1])`},
		{`tostring(3)`, `"3"`},

		{`basename("a/b.txt")`, `"b.txt"`},
		{`dirname("a/b.txt")`, `"a"`},
		{`file("a.txt")`, `"hello\n"`},
		{`filebase64("sub/b.txt")`, `"Yg=="`},
		{`fileexists("a.txt")`, `true`},
		{`fileexists("sub/none")`, `false`},
		{`fileset(".", "**")`, `toset(["a.txt", "sub/b.txt", "t.tmpl"])`},
		{`fileset("sub", "?.t*")`, `toset(["b.txt"])`},
		{`templatefile("t.tmpl", { xs = [1, 2] })`, `"<1><2>"`},
		{`filemd5("sub/b.txt")`, `md5("b")`},
		{`filesha1("sub/b.txt")`, `sha1("b")`},
		{`filesha256("sub/b.txt")`, `sha256("b")`},
		{`filesha512("sub/b.txt")`, `sha512("b")`},
		{`filebase64sha256("sub/b.txt")`, `base64sha256("b")`},
		{`filebase64sha512("sub/b.txt")`, `base64sha512("b")`},

		{`"a${1 + 1}b${"c"}"`, `"a2bc"`},
		{`[for i, x in ["a", "b"] : "${i}${x}" if x != "a"]`, `["1b"]`},
		{`{ for x in ["a"] : x => upper(x) }`, `{ a = "A" }`},
		{`[for x in [[1, 2], [3]] : [for y in x : y * 2]]`, `[[2, 4], [6]]`},
		{`true ? 1 : 2`, `1`},
		{`[{ a = 1 }, { a = 2 }][*].a`, `[1, 2]`},
		{`-(-1)`, `1`},
		{`!(1 == 2)`, `true`},
		{`["a", "b"][0 + 1]`, `"b"`},
	}
	called := map[string]bool{}
	for _, c := range cases {
		got, diags := eval(t, dir, c[0])
		want, more := eval(t, dir, c[1])
		if diags.HasErrors() || more.HasErrors() {
			t.Errorf("%s: %v %v", c[0], diags, more)
			continue
		}
		if !(got.IsNull() && want.IsNull()) && !got.RawEquals(want) {
			t.Errorf("%s = %#v, want %#v", c[0], got, want)
		}
		name, _, _ := strings.Cut(c[0], "(")
		called[name] = true
		if i := strings.LastIndexAny(name, " [\"$"); i >= 0 {
			called[name[i+1:]] = true
		}
	}
	called["sha512"], called["base64sha512"] = true, true // inside length()
	for _, name := range []string{"vocabulary_size", "num_classes", "class_names"} {
		called[name] = true // TestDataFunctions
	}
	for name := range functions(place{osTree{}, dir}, &Module{}, &loader{}) {
		if !called[name] {
			t.Errorf("no case for %s", name)
		}
	}
}

// TestNumbers compares exp, log and pow, which are computed in many bits, with package math, which is right
// but for the last bit.
func TestNumbers(t *testing.T) {
	near := func(name string, got cty.Value, err error, want float64) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		f, _ := got.AsBigFloat().Float64()
		if math.Abs(f-want) > 1e-14*math.Abs(want) { // math.Pow itself is off by that much
			t.Errorf("%s = %v, want %v", name, f, want)
		}
	}
	num := cty.NumberFloatVal
	for _, x := range []float64{-745, -100, -1, -0.1, -1e-9, 1e-9, 0.1, 0.5, 1, 2, 10, 100, 709} {
		v, err := expFunc.Call([]cty.Value{num(x)})
		if x > -700 { // below, a denormal has fewer bits
			near(fmt.Sprint("exp ", x), v, err, math.Exp(x))
		}
	}
	for _, x := range []float64{1e-300, 1e-10, 0.1, 0.5, 0.9, 1.1, 2, 3, 1e10, 1e300} {
		v, err := logFunc.Call([]cty.Value{num(x), num(3)})
		near(fmt.Sprint("log ", x), v, err, math.Log(x)/math.Log(3))
		v, err = powFunc.Call([]cty.Value{num(x), num(0.37)})
		near(fmt.Sprint("pow ", x), v, err, math.Pow(x, 0.37))
		v, err = sqrtFunc.Call([]cty.Value{num(x)})
		near(fmt.Sprint("sqrt ", x), v, err, math.Sqrt(x))
	}
}

type fakeInfo struct{ err error }

func (f fakeInfo) VocabularySize(d, c string) (int, bool, error) { return 7, c == "known", f.err }
func (f fakeInfo) NumClasses(d, c string) (int, bool, error)     { return 2, d == "d", f.err }
func (f fakeInfo) ClassNames(d, c string) ([]string, bool, error) {
	return []string{"a", "b"}, c == "known", f.err
}
func (f fakeInfo) StepsPerEpoch(train string) (int, bool, error) { return 10, train == "t", f.err }

// TestDataFunctions asks about data that is known, not known yet, and refused.
func TestDataFunctions(t *testing.T) {
	d := cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal("d")})
	for _, c := range []struct {
		q      question
		info   DataInfo
		d      cty.Value
		column string
		want   string
	}{
		{vocabularySize, fakeInfo{}, d, "known", "7"},
		{vocabularySize, fakeInfo{}, d, "later", "a value that is not known yet"},
		{vocabularySize, nil, d, "known", "a value that is not known yet"},
		{numClasses, fakeInfo{}, d, "x", "2"},
		{classNames, fakeInfo{}, d, "known", `["a", "b"]`},
		{classNames, fakeInfo{}, d, "later", "a value that is not known yet"},
		{classNames, fakeInfo{fmt.Errorf("no column x")}, d, "x", "no column x"},
		{numClasses, fakeInfo{}, cty.StringVal("d"), "x", `a dataset is wanted, as dataset.NAME, got "d"`},
	} {
		v, err := dataFunc(c.info, c.q).Call([]cty.Value{c.d, cty.StringVal(c.column)})
		got := schema.Show(v)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
