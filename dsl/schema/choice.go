package schema

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Choose binds an argument that names a registered thing, or is a block of the same name:
//
//	kernel_initializer = "he_normal"
//	kernel_initializer "random_normal" { stddev = 0.02 }
//
// With Default the thing of that name, with its own defaults; with Optional nil where left out.
func Choose[T Described](b *Block, p *T, name, help string, reg *Registry[T], opts ...Option) {
	choose(b, p, name, help, reg, nil, opts)
}

// ChooseOrNumber is Choose of a thing that a plain number may stand for, as a learning rate.
func ChooseOrNumber[T Described](b *Block, p *T, name, help string, reg *Registry[T], fromNumber func(float64) T, opts ...Option) {
	choose(b, p, name, help, reg, fromNumber, opts)
}

func choose[T Described](b *Block, p *T, name, help string, reg *Registry[T], fromNumber func(float64) T, opts []Option) {
	var chosen picked
	a := b.add(&Arg{
		Name: name, Help: help, Type: Named, Choice: reg, Number: fromNumber != nil,
		get: func(files map[string]*hcl.File) any { return chosen.value(files) },
		choose: func(d *decoder, given []named) hcl.Diagnostics {
			t, what, diags := pick(d, name, given[0], reg, fromNumber)
			if !diags.HasErrors() {
				*p, chosen = t, what
				if d.out.Chosen == nil {
					d.out.Chosen = map[string]string{}
				}
				d.out.Chosen[name] = what.name
			}
			return diags
		},
	}, opts)
	var none T
	*p = none
	if def := a.Default; def != "" {
		var err error
		if fromNumber != nil {
			var f float64
			if _, err := fmt.Sscan(def, &f); err == nil {
				*p, chosen = fromNumber(f), picked{number: &f}
				return
			}
		}
		if *p, err = reg.New(def[1 : len(def)-1]); err != nil {
			panic("schema: default of " + name + ": " + err.Error())
		}
		chosen = picked{name: reg.Full(def[1 : len(def)-1]), block: Describe(*p)} // Describe sets its own defaults
	}
}

// ChooseAny binds a list of names, or repeated blocks of the singular name:
//
//	metrics = ["accuracy"]
//	metric "auc" { num_thresholds = 100 }
func ChooseAny[T Described](b *Block, p *[]T, name, singular, help string, reg *Registry[T], opts ...Option) {
	*p = nil
	var chosen []picked
	b.add(&Arg{
		Name: name, List: singular, Help: help, Type: NamedList, Choice: reg,
		get: func(files map[string]*hcl.File) any { return valuesOf(chosen, files) },
		choose: func(d *decoder, given []named) hcl.Diagnostics {
			var diags hcl.Diagnostics
			for _, g := range given {
				t, what, more := pick(d, singular, g, reg, nil)
				diags = append(diags, more...)
				*p, chosen = append(*p, t), append(chosen, what)
			}
			return diags
		},
	}, append([]Option{Optional()}, opts...))
}

// picked remembers what was chosen, for Values.
type picked struct {
	name   string
	output string
	key    string // what output is called
	number *float64
	block  *Block
	args   *Decoded
}

func (p picked) value(files map[string]*hcl.File) any {
	switch {
	case p.number != nil:
		return *p.number
	case p.block == nil:
		return nil
	}
	out := map[string]any{p.name: p.block.Values(files)}
	if p.output != "" {
		out[p.key] = p.output
	}
	return out
}

func valuesOf(list []picked, files map[string]*hcl.File) any {
	out := []any{}
	for _, p := range list {
		out = append(out, p.value(files))
	}
	return out
}

func pick[T Described](d *decoder, arg string, g named, reg *Registry[T], fromNumber func(float64) T) (T, picked, hcl.Diagnostics) {
	var none T
	if g.value != cty.NilVal {
		f, err := asFloat(g.value)
		if err == nil {
			return fromNumber(f), picked{number: &f}, nil
		}
		return none, picked{}, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: fmt.Sprintf("Invalid value for %q", arg), Detail: sentence(err.Error()), Subject: &g.where}}
	}
	t, out, diags := Resolve(reg, g.name, g.where, g.body, d.ctx, arg)
	what := picked{name: reg.Full(g.name), output: g.output}
	if out != nil {
		what.block, what.args = out.Block, out
	}
	return t, what, diags
}

// Resolve makes the thing called name and fills it from body, which is nil for a name alone. as is
// the word for it in messages. The Decoded is nil when there is no such thing.
func Resolve[T Described](reg *Registry[T], name string, where hcl.Range, body hcl.Body, ctx *hcl.EvalContext, as string, also ...string) (T, *Decoded, hcl.Diagnostics) {
	t, err := reg.New(name)
	if err != nil {
		return t, nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Unknown " + reg.Kind(), Detail: sentence(err.Error()), Subject: &where}}
	}
	if body == nil {
		body = hcl.EmptyBody()
	}
	out, diags := Decode(body, ctx, t, fmt.Sprintf("%s %q", as, name), where, also...)
	return t, out, diags
}

// per is what a choice can be given once for, each: blocks say it in an argument of the name key, an object by its
// names.
type per struct {
	key     string
	example string
	wanted  string // what the argument is
	of      string // the end of the names of definitions
	help    string // of the argument
	text    string // what help adds about several
	several string // what a message adds about several
}

var (
	perOutput = &per{
		"output", "NAME", "the name of an output", ".of_output", "Name of the model's output that it is for.",
		" With several outputs: an object by output name, or blocks that say `output = \"NAME\"`.", "several outputs",
	}
	perPath = &per{
		"path", "PATTERN", "a pattern of weights' names", ".of_path", "Weights that it is for: their names, with * for a part and ** for any number of parts. Without it, those that no other is for.",
		" Several: an object by patterns of weights' names, or blocks that say `path = \"PATTERN\"`; the first that matches counts, and one without `path` is for all other weights.", "several of them",
	}
)

// values are what was chosen: of what is given once for all, the one thing.
func (of *per) values(chosen []picked, files map[string]*hcl.File) any {
	if of == perPath && len(chosen) == 1 && chosen[0].output == "" {
		return chosen[0].value(files)
	}
	return valuesOf(chosen, files)
}

// PerOutput is a thing given for one output of a model: Output is "" where none was named.
type PerOutput[T Described] struct {
	Output string
	Name   string // as it was written, which may be an alias
	Where  hcl.Range
	Thing  T
	None   bool     // written as null: this output has none
	Block  bool     // written as a block, and not by its name alone
	Args   *Decoded // where its arguments were written; nil where there is no such thing
}

// ChoosePerOutput binds things that can be given once for the only output, or by output name:
//
//	loss = "huber"                 loss "huber" { delta = 0.5 }
//	loss = { a = "huber" }         loss "huber" { output = "a" }
//
// Where singular differs from name each output takes a list: metrics = { a = ["mae", "mse"] }.
func ChoosePerOutput[T Described](b *Block, p *[]PerOutput[T], name, singular, help string, reg *Registry[T], opts ...Option) {
	*p = nil
	choosePer(b, p, perOutput, name, singular, help, reg, append([]Option{Optional()}, opts...))
}

// ChoosePerPath binds a thing that can be given once for all weights, or several times for some each:
//
//	optimizer = "adam"                     optimizer "adam" { beta_1 = 0.8 }
//	optimizer = { "head/**" = "adam" }     optimizer "adam" { path = "head/**" }
//
// Output is then the pattern of the weights' names. With Default the thing of that name.
func ChoosePerPath[T Described](b *Block, p *[]PerOutput[T], name, help string, reg *Registry[T], opts ...Option) {
	a := choosePer(b, p, perPath, name, name, help, reg, opts)
	*p = nil
	if def := a.Default; def != "" {
		t, err := reg.New(def[1 : len(def)-1])
		if err != nil {
			panic("schema: default of " + name + ": " + err.Error())
		}
		what := picked{name: reg.Full(def[1 : len(def)-1]), block: Describe(t)} // Describe sets its own defaults
		*p = []PerOutput[T]{{Name: what.name, Thing: t}}
		a.get = func(files map[string]*hcl.File) any { return what.value(files) }
	}
}

func choosePer[T Described](b *Block, p *[]PerOutput[T], of *per, name, singular, help string, reg *Registry[T], opts []Option) *Arg {
	list := ""
	if singular != name {
		list = singular
	}
	var chosen []picked
	var a *Arg
	a = b.add(&Arg{
		Name: name, List: list, Help: help, Type: NamedList, Choice: reg, per: of,
		get: func(files map[string]*hcl.File) any { return valuesOf(chosen, files) },
		choose: func(d *decoder, given []named) hcl.Diagnostics {
			var diags hcl.Diagnostics
			*p, a.get = nil, func(files map[string]*hcl.File) any { return of.values(chosen, files) }
			seen := map[string]hcl.Range{}
			for _, g := range given {
				if g.null {
					*p = append(*p, PerOutput[T]{Output: g.output, Where: g.where, None: true})
					continue
				}
				block := g.body != nil
				if block {
					c, rest, more := g.body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: of.key}}})
					diags = append(diags, more...)
					if a := c.Attributes[of.key]; a != nil {
						v, more := a.Expr.Value(d.ctx)
						diags = append(diags, more...)
						if more.HasErrors() {
							continue
						}
						v, _ = v.Unmark()
						if !v.IsKnown() {
							d.out.Unknown, d.out.partial = append(d.out.Unknown, name), true
							continue
						}
						s, err := asString(v)
						if err != nil {
							diags = append(diags, d.invalid(of.key, a.Expr, fmt.Errorf("%s is wanted: %w", of.wanted, err))...)
							continue
						}
						g.output, g.body, g.where = s, rest, a.Expr.Range()
					}
				}
				if other, dup := seen[g.output]; dup && list == "" {
					diags = append(diags, twice(d, of, name, g, other))
					continue
				}
				seen[g.output] = g.where
				t, what, more := pick(d, singular, g, reg, nil)
				diags = append(diags, more...)
				args := what.args
				what.key = of.key
				chosen = append(chosen, what)
				*p = append(*p, PerOutput[T]{Output: g.output, Name: g.name, Where: g.where, Thing: t, Block: block, Args: args})
			}
			return diags
		},
	}, opts)
	return a
}

// twice reports a thing that was given again for the same.
func twice(d *decoder, of *per, name string, g named, other hcl.Range) *hcl.Diagnostic {
	r := g.where
	detail := fmt.Sprintf("%s has a %s on line %d already; with %s say which is for which, with %s = \"%s\".", d.name, name, other.Start.Line, of.several, of.key, of.example)
	if g.output != "" {
		detail = fmt.Sprintf("%s %q has %s on line %d already.", strings.ToUpper(of.key[:1])+of.key[1:], g.output, withArticle(name), other.Start.Line)
	}
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("%q given twice", name), Detail: detail, Subject: &r}
}
