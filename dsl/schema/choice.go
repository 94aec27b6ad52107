package schema

import (
	"fmt"

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
	a := b.add(&Arg{Name: name, Help: help, Type: Named, Choice: reg, Number: fromNumber != nil,
		choose: func(d *decoder, given []named) hcl.Diagnostics {
			t, diags := pick(d, name, given[0], reg, fromNumber)
			if !diags.HasErrors() {
				*p = t
			}
			return diags
		}}, opts)
	var none T
	*p = none
	if def := a.Default; def != "" {
		var err error
		if fromNumber != nil {
			var f float64
			if _, err := fmt.Sscan(def, &f); err == nil {
				*p = fromNumber(f)
				return
			}
		}
		if *p, err = reg.New(def[1 : len(def)-1]); err != nil {
			panic("schema: default of " + name + ": " + err.Error())
		}
		Describe(*p) // sets its own defaults
	}
}

// ChooseAny binds a list of names, or repeated blocks of the singular name:
//
//	metrics = ["accuracy"]
//	metric "auc" { num_thresholds = 100 }
func ChooseAny[T Described](b *Block, p *[]T, name, singular, help string, reg *Registry[T], opts ...Option) {
	*p = nil
	b.add(&Arg{Name: name, List: singular, Help: help, Type: NamedList, Choice: reg,
		choose: func(d *decoder, given []named) hcl.Diagnostics {
			var diags hcl.Diagnostics
			for _, g := range given {
				t, more := pick(d, singular, g, reg, nil)
				diags = append(diags, more...)
				*p = append(*p, t)
			}
			return diags
		}}, append([]Option{Optional()}, opts...))
}

func pick[T Described](d *decoder, arg string, g named, reg *Registry[T], fromNumber func(float64) T) (T, hcl.Diagnostics) {
	var none T
	if g.value != cty.NilVal {
		f, err := asFloat(g.value)
		if err == nil {
			return fromNumber(f), nil
		}
		return none, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: fmt.Sprintf("Invalid value for %q", arg), Detail: sentence(err.Error()), Subject: &g.where}}
	}
	t, _, diags := Resolve(reg, g.name, g.where, g.body, d.ctx, arg)
	return t, diags
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

// PerOutput is a thing given for one output of a model: Output is "" where none was named.
type PerOutput[T Described] struct {
	Output string
	Name   string // as it was written, which may be an alias
	Where  hcl.Range
	Thing  T
	None   bool // written as null: this output has none
}

// ChoosePerOutput binds things that can be given once for the only output, or by output name:
//
//	loss = "huber"                 loss "huber" { delta = 0.5 }
//	loss = { a = "huber" }         loss "huber" { output = "a" }
//
// Where singular differs from name each output takes a list: metrics = { a = ["mae", "mse"] }.
func ChoosePerOutput[T Described](b *Block, p *[]PerOutput[T], name, singular, help string, reg *Registry[T], opts ...Option) {
	*p = nil
	list := ""
	if singular != name {
		list = singular
	}
	b.add(&Arg{Name: name, List: list, Help: help, Type: NamedList, Choice: reg, perOutput: true,
		choose: func(d *decoder, given []named) hcl.Diagnostics {
			var diags hcl.Diagnostics
			for _, g := range given {
				if g.null {
					*p = append(*p, PerOutput[T]{Output: g.output, Where: g.where, None: true})
					continue
				}
				if g.body != nil {
					c, rest, more := g.body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "output"}}})
					diags = append(diags, more...)
					if a := c.Attributes["output"]; a != nil {
						v, more := a.Expr.Value(d.ctx)
						diags = append(diags, more...)
						if more.HasErrors() {
							continue
						}
						s, err := asString(v)
						if err != nil {
							diags = append(diags, d.invalid("output", a.Expr, err)...)
							continue
						}
						g.output, g.body = s, rest
					}
				}
				t, more := pick(d, singular, g, reg, nil)
				diags = append(diags, more...)
				*p = append(*p, PerOutput[T]{Output: g.output, Name: g.name, Where: g.where, Thing: t})
			}
			return diags
		}}, append([]Option{Optional()}, opts...))
}
