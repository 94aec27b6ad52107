package dsl

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl/schema"
)

// layerBlock are the arguments that dlrun itself takes from a layer, before the layer's type sees it.
type layerBlock struct {
	shared bool // a layer "shared"

	inputs, count, forEach, enabled, trainable, initialWeights, initialWeightsPrefix, reuse schema.Expr
}

// Schema describes the arguments of every layer.
func (l *layerBlock) Schema(s *schema.Block) {
	s.Doc("What every layer takes, besides the arguments of its type.", "dlrun")
	if l.shared {
		s.Expr(&l.reuse, "reuse", "The layer whose weights are applied again, as in layer.NAME.", schema.Example("layer.NAME"))
	}
	s.Expr(&l.inputs, "inputs", "What feeds it: a list of layers and inputs above, or an object by a block's input names. Default: the layer before, or the only input.", schema.Optional())
	s.Expr(&l.count, "count", "How often it is repeated.", schema.Optional())
	s.Expr(&l.forEach, "for_each", "A list, map or set: it is repeated for each element, which is each.value.", schema.Optional())
	s.Expr(&l.enabled, "enabled", "Where false, it passes its first input on.", schema.Optional())
	s.Expr(&l.trainable, "trainable", "Where false, its weights stay as they are.", schema.Optional())
	s.Expr(&l.initialWeights, "initial_weights", "A safetensors file, or a model.dlrun, that its weights start from.", schema.Optional())
	s.Expr(&l.initialWeightsPrefix, "initial_weights_prefix", "What the names of its weights begin with in that file.", schema.Optional())
}

// LayerArguments describes the arguments that every layer takes.
func LayerArguments() *schema.Block { return schema.Describe(new(layerBlock)) }

// MetaArguments are the names of the arguments that every layer takes; a block's param may not have one.
var MetaArguments = LayerArguments().Names()

// readLayer takes the meta-arguments of a layer apart from what its type accepts.
func readLayer(b *hcl.Block) (*Layer, hcl.Diagnostics) {
	l := &Layer{Type: b.Labels[0], TypeRange: header(b), Name: b.Labels[1], DeclRange: header(b), Body: b.Body}
	if len(b.LabelRanges) > 0 {
		l.TypeRange = b.LabelRanges[0]
	}
	lb := layerBlock{shared: l.Type == "shared"}
	c, rest, diags := b.Body.PartialContent(schema.Header(schema.Describe(&lb), true))
	if c == nil {
		return l, diags
	}
	l.Body = rest
	get := func(name string) hcl.Expression {
		if a := c.Attributes[name]; a != nil {
			return a.Expr
		}
		return nil
	}
	l.Inputs = get("inputs")
	l.Count = get("count")
	l.ForEach = get("for_each")
	l.Enabled = get("enabled")
	l.Trainable = get("trainable")
	l.InitialWeights = get("initial_weights")
	l.InitialWeightsPrefix = get("initial_weights_prefix")
	l.Reuse = get("reuse")
	if l.Count != nil && l.ForEach != nil {
		diags = append(diags, problem(l.ForEach.Range().Ptr(), "Two repetitions", "layer %q has both `count` (line %d) and `for_each`; keep one.", l.Name, l.Count.Range().Start.Line))
	}
	if l.InitialWeightsPrefix != nil && l.InitialWeights == nil {
		diags = append(diags, problem(l.InitialWeightsPrefix.Range().Ptr(), "Argument without effect", "`initial_weights_prefix` says where in the file of `initial_weights` to look, and layer %q has no `initial_weights`.", l.Name))
	}
	if l.Type == "shared" && l.Reuse == nil && !diags.HasErrors() {
		diags = append(diags, problem(&l.DeclRange, "Missing argument", "layer \"shared\" %q needs the argument \"reuse\": the layer whose weights it applies again, as in layer.NAME.", l.Name))
	}
	l.References, l.BodyReferences = references(b.Body), references(rest)
	l.inner = map[string]hcl.Range{}
	noteInner(rest, l.inner, 0)
	return l, diags
}

// noteInner collects the types of the layers that a wrapper's body holds.
func noteInner(body hcl.Body, into map[string]hcl.Range, depth int) {
	if depth > maxNesting {
		return
	}
	// What does not fit is reported by whoever decodes the body.
	c, _, _ := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "layer", LabelNames: []string{"type", "name"}}}})
	if c == nil {
		return
	}
	for _, b := range c.Blocks {
		into[b.Labels[0]] = header(b)
		noteInner(b.Body, into, depth+1)
	}
}
