package layer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/initializer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("einsum_dense", func() Layer { return new(einsumDense) })

// einsumDense multiplies its input by a kernel along the axes that an equation names.
type einsumDense struct {
	equation   string
	output     []int
	activation activation.Activation
	biasAxes   string
	kernel     WeightArgs
	bias       WeightArgs
	form       einsum
	lora
	Activity
}

func (l *einsumDense) Schema(b *schema.Block) {
	b.Doc("Multiplies its input by a kernel along the axes that an equation of letters names, as \"abc,cde->abde\".", "keras.layers.EinsumDense",
		"The first letter is the batch, unless \"...\" stands for it and for all further axes on that side.",
		"A letter that is in the input, the kernel and the output at once, a kernel of its own for each place, is not in this version.")
	b.String(&l.equation, "equation", "Axes of the input, those of the kernel, and those of the output.", schema.Example(`"abc,cd->abd"`))
	b.IntOrShape(&l.output, "output_shape", "Sizes of the output's axes but the batch and those that \"...\" stands for; null where the input tells.")
	activation.Argument(b, &l.activation)
	l.biasAxes = ""
	b.String(&l.biasAxes, "bias_axes", "Axes of the output along which a bias differs; none is added when left out.", schema.Optional())
	l.kernel.Bind(b, "kernel", "glorot_uniform")
	l.bias.Bind(b, "bias", "zeros")
	l.bindLora(b, "kernel")
	l.Activity.Bind(b)
}

// einsum is an equation taken apart.
type einsum struct {
	input, kernel, output string
	left, right           bool // where "..." stands
}

var equations = regexp.MustCompile(`^(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?$`)

// Validate takes the equation apart.
func (l *einsumDense) Validate() error {
	fail := func(format string, a ...any) error {
		return schema.Atf("equation", "%q: %s", l.equation, fmt.Sprintf(format, a...))
	}
	m := equations.FindStringSubmatch(strings.ReplaceAll(l.equation, " ", ""))
	if m == nil || m[1] != m[5] || m[3] != m[7] || m[1] != "" && m[3] != "" {
		return fail("an equation has the form \"ab,bc->ac\", \"...ab,bc->...ac\" or \"ab...,bc->ac...\"")
	}
	l.form = einsum{input: m[2], kernel: m[4], output: m[6], left: m[1] != "", right: m[3] != ""}
	for _, part := range []string{l.form.input, l.form.kernel, l.form.output} {
		for i, c := range part {
			if strings.ContainsRune(part[i+1:], c) {
				return fail("the letter %q stands twice in %q", c, part)
			}
		}
	}
	in, out := l.form.input, l.form.output
	if !l.form.left && (in[0] != out[0] || strings.ContainsRune(l.form.kernel, rune(in[0]))) {
		return fail("the first letter of the input is the batch: it is the first of the output too, and not in the kernel")
	}
	for _, c := range out {
		if !strings.ContainsRune(in, c) && !strings.ContainsRune(l.form.kernel, c) {
			return fail("the letter %q of the output is neither in the input nor in the kernel", c)
		}
	}
	for _, c := range l.form.kernel {
		inIn, inOut := strings.ContainsRune(in, c), strings.ContainsRune(out, c)
		switch {
		case inIn && inOut:
			return fail("the letter %q is in the input, the kernel and the output: that is not in this version of dlrun", c)
		case !inIn && !inOut:
			return fail("the letter %q of the kernel is neither in the input nor in the output", c)
		}
	}
	for i, c := range l.biasAxes {
		if !strings.ContainsRune(out, c) || strings.ContainsRune(l.biasAxes[i+1:], c) || !l.form.left && c == rune(in[0]) {
			return schema.Atf("bias_axes", "letters of the output %q but the batch are wanted, each once, got %q", out, l.biasAxes)
		}
	}
	return l.checkLora(l.kernel, "kernel")
}

// einsumSizes is an equation held against an input: letters for all axes, and their sizes. The axes of
// "..." have the letters 0, 1, ...; the batch has the size of 1 here.
type einsumSizes struct {
	input, output string
	size          map[byte]int
}

func (l *einsumDense) sizes(x shape.Shape) (*einsumSizes, error) {
	f := l.form
	elided := len(x) + 1 - len(f.input)
	if elided < 0 || elided > 0 && !f.left && !f.right || elided == 0 && f.left {
		return nil, schema.Atf("equation", "%q does not fit an input of %d axes with the batch", l.equation, len(x)+1)
	}
	extra := ""
	for i := range elided {
		extra += string(rune('0' + i))
	}
	s := &einsumSizes{input: f.input + extra, output: f.output + extra, size: map[byte]int{}}
	if f.left {
		s.input, s.output = extra+f.input, extra+f.output
	}
	for i := range len(s.input) {
		s.size[s.input[i]] = 1
		if i > 0 {
			s.size[s.input[i]] = x[i-1]
		}
	}
	named := f.output
	if !f.left {
		named = named[1:]
	}
	if len(l.output) != len(named) {
		return nil, schema.Atf("output_shape", "%d sizes are wanted, for the axes %q of the output, got %d", len(named), named, len(l.output))
	}
	for i, want := range l.output {
		c := named[i]
		got, known := s.size[c]
		switch {
		case want == shape.Unknown && !known:
			return nil, schema.Atf("output_shape", "the size of axis %q is wanted, as it is not among the input's", string(c))
		case !known:
			if want < 1 {
				return nil, schema.Atf("output_shape", "sizes of at least 1 are wanted, got %d", want)
			}
			s.size[c] = want
		case want != shape.Unknown && got == shape.Unknown:
			s.size[c] = want
		case want != shape.Unknown && want != got:
			return nil, schema.Atf("output_shape", "axis %q is %d in the output and %d in the input", string(c), want, got)
		}
	}
	return s, nil
}

// of are the sizes of letters.
func (s *einsumSizes) of(letters string) shape.Shape {
	out := make(shape.Shape, len(letters))
	for i := range out {
		out[i] = s.size[letters[i]]
	}
	return out
}

// Shape is the sizes of the output's letters.
func (l *einsumDense) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	s, err := l.sizes(x.Shape)
	if err != nil {
		return x, err
	}
	out := s.of(s.output)[1:]
	for _, n := range []shape.Shape{out, s.of(l.form.kernel)} {
		if err := wantSize("a kernel or output", n); err != nil {
			return x, schema.At("output_shape", err)
		}
	}
	if out, err = activation.Shape(l.activation, out); err != nil {
		return x, schema.At("activation", err)
	}
	return shape.Of(out...), nil
}

// Weights are kernel, with the sizes of its letters, and with bias_axes bias: the sizes of these and 1 for
// the other axes, from the first of them on.
func (l *einsumDense) Weights(in []shape.Spec) []Weight {
	s, err := l.sizes(in[0].Shape)
	if err != nil {
		return nil // Shape has said so
	}
	var inputs, outputs []int
	for i, c := range l.form.kernel {
		if strings.ContainsRune(l.form.output, c) {
			outputs = append(outputs, i)
		} else {
			inputs = append(inputs, i)
		}
	}
	kernel := l.kernel
	kernel.Initializer = initializer.WithAxes(kernel.Initializer, inputs, outputs)
	w := []Weight{{Name: "kernel", Shape: s.of(l.form.kernel), Args: kernel}}
	if l.biasAxes != "" {
		first := strings.IndexAny(s.output, l.biasAxes)
		b := s.of(s.output[first:])
		for i := range b {
			if !strings.ContainsRune(l.biasAxes, rune(s.output[first+i])) {
				b[i] = 1
			}
		}
		w = append(w, Weight{Name: "bias", Shape: b, Args: l.bias})
	}
	return l.adapted(w, "kernel")
}

// Build brings input and kernel into the form of matrices, if they have not got it, and multiplies.
func (l *einsumDense) Build(sc *Scope, in []*op.Node) *op.Node {
	if sc.Err() != nil {
		return nil
	}
	x, batch := in[0], in[0].Shape()[0]
	s, err := l.sizes(shape.Shape(x.Shape()[1:]))
	if err != nil {
		return sc.Fail(err)
	}
	s.size[s.input[0]] = batch

	// Letters that are in the input alone are summed over.
	var alone []int
	kept := ""
	for i, c := range s.input {
		if strings.ContainsRune(s.output, c) || strings.ContainsRune(l.form.kernel, c) {
			kept += string(c)
		} else {
			alone = append(alone, i)
		}
	}
	if len(alone) > 0 {
		x = sc.Apply(op.Reduce{Fn: "sum", Axes: alone}, x)
	}
	rows := only(s.output, kept)
	inner := only(kept, l.form.kernel)
	columns := only(s.output, l.form.kernel)
	x = s.ordered(sc, x, kept, rows+inner)
	k := s.ordered(sc, l.merged(sc, "kernel"), l.form.kernel, inner+columns)
	m, n, d := s.of(rows).Size(), s.of(columns).Size(), s.of(inner).Size()
	x, k = sc.Apply(op.Reshape{To: []int{m, d}}, x), sc.Apply(op.Reshape{To: []int{d, n}}, k)

	var y *op.Node
	within := len(l.biasAxes) == len(columns) && strings.HasSuffix(s.output, columns) && only(columns, l.biasAxes) == columns
	if l.biasAxes != "" && within {
		y = sc.Apply(op.Dense{Bias: true}, x, k, sc.Apply(op.Reshape{To: []int{n}}, sc.Weight("bias")))
	} else {
		y = sc.Apply(op.Dense{}, x, k)
	}
	y = s.ordered(sc, sc.Apply(op.Reshape{To: s.of(rows + columns)}, y), rows+columns, s.output)
	if l.biasAxes != "" && !within {
		y = sc.Apply(op.Binary{Fn: "add"}, y, sc.Weight("bias"))
	}
	return activation.Apply(sc.Graph, l.activation, y)
}

// only is the letters that are also among others, in their order.
func only(letters, others string) string {
	var out strings.Builder
	for _, c := range letters {
		if strings.ContainsRune(others, c) {
			out.WriteRune(c)
		}
	}
	return out.String()
}

// ordered gives x, whose axes are the letters from, the axes to.
func (s *einsumSizes) ordered(sc *Scope, x *op.Node, from, to string) *op.Node {
	perm := make([]int, len(to))
	for i := range perm {
		perm[i] = strings.IndexByte(from, to[i])
	}
	if slices.IsSorted(perm) {
		return x
	}
	return sc.Apply(op.Transpose{Perm: perm}, x)
}
