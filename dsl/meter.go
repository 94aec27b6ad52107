package dsl

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A few lines of HCL can ask for any amount of work: a `for` in a `for` in a `for`, a template that
// repeats a long text, an operator that turns "1e999999999" into a number. hcl has no bound for it, so
// the expressions where work multiplies are wrapped in the syntax tree with ones that count.

// meter bounds the work that evaluating anything below root may take. It changes the tree, which must be
// metered once only.
func meter(root hclsyntax.Node, total *work) {
	// Depth first, so that what is wrapped already is below what is being wrapped.
	_ = hclsyntax.Walk(root, &meterWalker{total: total})
}

// work is what the expressions of a document may still cost, in about the time it takes to touch an
// element. A step of a loop counts for 16: hcl makes a scope for each.
type work struct{ left atomic.Int64 }

// newWork allows for what loading may cost.
func newWork() *work {
	w := new(work)
	w.left.Store(maxWork)
	return w
}

// loaded allows for what is evaluated later: layers one by one, schedules once an epoch.
func (w *work) loaded() { w.left.Store(64 * maxWork) }

// errWork is reported once for a document; errTold stops what comes after without another word.
var (
	errWork = errors.New("all expressions of the model together are too much work")
	errTold = errors.New("too much work")
)

// spend takes n off and tells whether that was too much.
func (w *work) spend(n int) error {
	if w == nil {
		return nil
	}
	left := w.left.Add(-int64(n))
	switch {
	case left >= 0:
		return nil
	case left+int64(n) >= 0 && n > 0:
		return errWork
	}
	return errTold
}

type meterWalker struct {
	total *work
	loops []*budget // of the `for` expressions around
}

// Enter implements hclsyntax.Walker.
func (w *meterWalker) Enter(n hclsyntax.Node) hcl.Diagnostics {
	if _, ok := n.(*hclsyntax.ForExpr); ok {
		b := &budget{total: w.total}
		if len(w.loops) > 0 {
			b = w.loops[0] // loops in a loop share what the outermost may spend
		}
		w.loops = append(w.loops, b)
	}
	return nil
}

// Exit implements hclsyntax.Walker.
func (w *meterWalker) Exit(n hclsyntax.Node) hcl.Diagnostics {
	switch n := n.(type) {
	case *hclsyntax.ForExpr:
		b := w.loops[len(w.loops)-1]
		w.loops = w.loops[:len(w.loops)-1]
		n.CollExpr = wrap(n.CollExpr, b.loop(len(w.loops) == 0))
		n.ValExpr = wrap(n.ValExpr, b.loop(false))
		if n.KeyExpr != nil {
			n.KeyExpr = wrap(n.KeyExpr, b.loop(false))
		}
		if n.CondExpr != nil {
			n.CondExpr = wrap(n.CondExpr, b.loop(false))
		}
	case *hclsyntax.TemplateExpr:
		if !n.IsStringLiteral() {
			b := &budget{total: w.total}
			first := true // of those that are evaluated: literals are not wrapped
			for i, p := range n.Parts {
				if _, literal := p.(*hclsyntax.LiteralValueExpr); !literal {
					n.Parts[i] = wrap(p, b.text(first))
					first = false
				}
			}
		}
	case *hclsyntax.BinaryOpExpr:
		look := check(operand)
		if n.Op == hclsyntax.OpEqual || n.Op == hclsyntax.OpNotEqual {
			look = sized(w.total)
		}
		n.LHS, n.RHS = wrap(n.LHS, look), wrap(n.RHS, look)
	case *hclsyntax.UnaryOpExpr:
		n.Val = wrap(n.Val, operand)
	case *hclsyntax.ConditionalExpr:
		n.Condition = wrap(n.Condition, operand)
		n.TrueResult, n.FalseResult = wrap(n.TrueResult, sized(w.total)), wrap(n.FalseResult, sized(w.total))
	case *hclsyntax.IndexExpr:
		n.Key = wrap(n.Key, operand)
	case *hclsyntax.FunctionCallExpr:
		for i, a := range n.Args {
			if numeric(n.Name, i) {
				n.Args[i] = wrap(a, operand)
			}
		}
	}
	return nil
}

// metered is an expression whose value is looked at before it is used. The parentheses stand in for the
// expression itself in hcl's walks over the tree, which would not look inside a type they do not know.
type metered struct {
	*hclsyntax.ParenthesesExpr
	look check
}

// check evaluates an expression and looks at the value before anyone else does.
type check func(e hclsyntax.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics)

func wrap(e hclsyntax.Expression, look check) hclsyntax.Expression {
	if _, literal := e.(*hclsyntax.LiteralValueExpr); literal {
		return e // the lexer's tokens were checked
	}
	return &metered{&hclsyntax.ParenthesesExpr{Expression: e, SrcRange: e.Range()}, look}
}

// Value implements hclsyntax.Expression.
func (m *metered) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	return m.look(m.Expression, ctx)
}

// UnwrapExpression lets hcl look at the expression itself.
func (m *metered) UnwrapExpression() hcl.Expression { return m.Expression }

// operand checks a value that may be converted to a number, or from one.
func operand(e hclsyntax.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := e.Value(ctx)
	if diags.HasErrors() {
		return v, diags
	}
	if err := checkOperand(v); err != nil {
		return cty.DynamicVal, append(diags, problem(e.Range().Ptr(), "Invalid operand", "%s.", sentence(err)))
	}
	return v, diags
}

func checkOperand(v cty.Value) error {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return nil
	}
	switch v.Type() {
	case cty.String:
		s := v.AsString()
		if len(s) > 0 && (s[0] == '-' || s[0] >= '0' && s[0] <= '9' || s[0] == '.') {
			return checkDigits(s)
		}
		if len(s) > maxDigits {
			return fmt.Errorf("a text of %d characters is no number", len(s))
		}
	case cty.Number:
		return checkNumber(v.AsBigFloat())
	}
	return nil
}

// sized checks a value that is about to be walked as a whole.
func sized(total *work) check {
	return func(e hclsyntax.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
		if total.spend(1) == errTold {
			return cty.DynamicVal, nil
		}
		v, diags := e.Value(ctx)
		if diags.HasErrors() {
			return v, diags
		}
		n, err := measure(v, maxElements)
		if err == nil {
			err = total.spend(16 * n) // hcl looks at each element several times
		}
		if err == errTold {
			return cty.DynamicVal, diags
		}
		if err != nil {
			return cty.DynamicVal, append(diags, problem(e.Range().Ptr(), "Value too large", "%s.", sentence(err)))
		}
		return v, diags
	}
}

// budget is what one evaluation of a loop or template may still spend.
type budget struct {
	total  *work
	left   int
	errors int
}

// maxErrors is how often one loop may repeat its complaints.
const maxErrors = 10

// loop meters a part of a `for`; the outermost collection comes first and fills the budget.
func (b *budget) loop(first bool) check {
	return func(e hclsyntax.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
		if first {
			*b = budget{total: b.total, left: maxLoop}
		}
		if b.left <= 0 || b.errors > maxErrors {
			return cty.DynamicVal, nil // said already
		}
		v, diags := e.Value(ctx)
		if diags.HasErrors() {
			b.errors++
			return v, diags
		}
		n, err := measure(v, min(b.left, maxElements))
		b.left -= n
		if b.left <= 0 {
			err = fmt.Errorf("the loops of this expression take more than %d steps", maxLoop)
		}
		if err == nil {
			err = b.total.spend(16 * n)
		}
		if err == errTold {
			b.left = 0
			return cty.DynamicVal, diags
		}
		if err != nil {
			b.errors++
			return cty.DynamicVal, append(diags, problem(e.Range().Ptr(), "Too much work", "%s.", sentence(err)))
		}
		return v, diags
	}
}

// text meters a part of a template.
func (b *budget) text(first bool) check {
	return func(e hclsyntax.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
		if first {
			*b = budget{total: b.total, left: maxString}
		}
		if b.left <= 0 {
			return cty.StringVal(""), nil // said already
		}
		v, diags := e.Value(ctx)
		if diags.HasErrors() {
			return v, diags
		}
		u, _ := v.Unmark()
		var err error
		if u.IsKnown() && !u.IsNull() {
			switch u.Type() {
			case cty.String:
				b.left -= len(u.AsString())
				err = b.total.spend(1 + len(u.AsString())/16)
			case cty.Number:
				err = checkNumber(u.AsBigFloat())
			}
		}
		if b.left <= 0 {
			err = tooLong()
		}
		if err == errTold {
			return cty.StringVal(""), diags
		}
		if err != nil {
			return cty.DynamicVal, append(diags, problem(e.Range().Ptr(), "Text too long", "%s.", sentence(err)))
		}
		return v, diags
	}
}
