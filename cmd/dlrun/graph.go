package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/builder"
)

// graphOptions are the options of graph.
type graphOptions struct {
	format, model string
	depth         int
}

func graphCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "graph FILE|DIR|model.dlrun [options]",
		Short: "Draw a model's layers and what feeds what.",
		Long: "Writes a model as a graph for Graphviz (dot) or for Mermaid, which many pages show by themselves. Each node says a layer's\n" +
			"name, type, output shape and parameters. -depth 1 draws blocks and repetitions as one node each, 2 opens them, and so on.",
		Example: "dlrun graph model.hcl | dot -Tsvg -o model.svg\ndlrun graph model.hcl -format mermaid -depth 1",
		Args:    oneFile("a model file, directory or model.dlrun"),
	}
	var o graphOptions
	m := a.modelFile(c)
	m.allowUnset = true
	c.Flags().StringVar(&o.format, "format", "dot", "Write `dot` or mermaid.")
	c.Flags().StringVar(&o.model, "model", "", "Draw only the model of this `name`.")
	c.Flags().IntVar(&o.depth, "depth", 0, "Open blocks `n` deep; 0 opens all.")
	c.RunE = func(_ *cobra.Command, args []string) error {
		m.path = args[0]
		if o.format != "dot" && o.format != "mermaid" {
			return usagef("option -format: dot or mermaid is wanted, got %q", o.format)
		}
		if o.depth < 0 {
			return usagef("option -depth: a number from 0 on is wanted, got %d", o.depth)
		}
		models, err := a.models(m)
		if err != nil {
			return err
		}
		result := graphResult{Models: []modelGraph{}}
		var names []string
		for _, x := range models {
			names = append(names, x.Name)
			if o.model == "" || x.Name == o.model {
				result.Models = append(result.Models, drawn(x, o.depth))
			}
		}
		if len(result.Models) == 0 {
			return usagef("option -model: there is no model %q; there is %s", o.model, strings.Join(names, ", "))
		}
		a.view.result(result)
		for _, g := range result.Models {
			if o.format == "dot" {
				a.view.printf("%s", g.dot())
			} else {
				a.view.printf("%s", g.mermaid())
			}
		}
		return nil
	}
	return c
}

// graphResult is what graph -json writes.
type graphResult struct {
	Models []modelGraph `json:"models"`
}

// modelGraph is a model as nodes and edges.
type modelGraph struct {
	Name  string      `json:"model"`
	Nodes []graphNode `json:"nodes"`
	Edges [][2]string `json:"edges"` // by the nodes' ids
}

type graphNode struct {
	ID     string `json:"id"` // input:NAME, output:NAME, or a layer's path
	Kind   string `json:"kind"`
	Type   string `json:"type,omitempty"`
	Shape  string `json:"shape,omitempty"`
	Params int    `json:"params"`
	Layers int    `json:"layers"` // that the node stands for
}

// drawn makes the graph of a model, blocks opened to a depth; 0 opens all.
func drawn(m *builder.Model, depth int) modelGraph {
	g := modelGraph{Name: m.Name, Nodes: []graphNode{}, Edges: [][2]string{}}
	at := map[string]int{}
	node := func(n graphNode) {
		i, ok := at[n.ID]
		if !ok {
			at[n.ID] = len(g.Nodes)
			g.Nodes = append(g.Nodes, n)
			return
		}
		old := &g.Nodes[i]
		old.Params, old.Layers, old.Shape = old.Params+n.Params, old.Layers+n.Layers, n.Shape
		if old.Layers > 1 {
			old.Type = "block"
		}
	}
	cut := func(path string) string {
		if parts := strings.Split(path, "/"); depth > 0 && len(parts) > depth {
			return strings.Join(parts[:depth], "/")
		}
		return path
	}
	made := map[*builder.Tensor]string{}
	for _, in := range m.Inputs {
		id := "input:" + in.Name
		made[in.Tensor] = id
		node(graphNode{ID: id, Kind: "input", Type: string(in.Tensor.Spec.DType), Shape: specText(in.Tensor.Spec.Known, in.Tensor.Spec.Shape)})
	}
	seen, counted := map[[2]string]bool{}, map[*builder.Layer]bool{}
	edge := func(from, to string) {
		if e := [2]string{from, to}; from != "" && from != to && !seen[e] {
			seen[e] = true
			g.Edges = append(g.Edges, e)
		}
	}
	for _, u := range m.Uses {
		id := cut(u.Layer.Path)
		n := graphNode{ID: id, Kind: "layer", Type: u.Layer.Type, Shape: specText(u.Outs[0].Spec.Known, u.Outs[0].Spec.Shape)}
		if !counted[u.Layer] {
			counted[u.Layer] = true
			n.Layers = 1
			for _, w := range u.Layer.Weights {
				n.Params += max(0, w.Size())
			}
		}
		node(n)
		for _, t := range u.In {
			edge(made[m.Own(t)], id)
		}
		var names []string
		for name := range u.Tensors {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			for _, t := range u.Tensors[name] {
				edge(made[m.Own(t)], id)
			}
		}
		for _, t := range u.Outs {
			made[t] = id
		}
	}
	for _, o := range m.Outputs {
		id := "output:" + o.Name
		node(graphNode{ID: id, Kind: "output", Shape: specText(o.Tensor.Spec.Known, o.Tensor.Spec.Shape)})
		edge(made[m.Own(o.Tensor)], id)
	}
	return g
}

func specText(known bool, dims []int) string {
	if !known {
		return "?"
	}
	return shapeList(dims)
}

// label is what is written into a node, line by line.
func (n graphNode) label() []string {
	lines := []string{strings.TrimPrefix(strings.TrimPrefix(n.ID, "input:"), "output:")}
	switch {
	case n.Kind != "layer":
		lines[0] += " (" + n.Kind + ")"
	case n.Layers > 1:
		lines[0] += fmt.Sprintf(" (%d layers)", n.Layers)
	default:
		lines[0] += " (" + n.Type + ")"
	}
	lines = append(lines, n.Shape)
	if n.Params > 0 {
		lines = append(lines, grouped(n.Params)+" parameters")
	}
	return lines
}

// dot is the graph for Graphviz.
func (g modelGraph) dot() string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %q {\n  node [shape=box, fontname=\"sans-serif\"]\n", g.Name)
	for _, n := range g.Nodes {
		style := ""
		if n.Kind != "layer" {
			style = ", shape=oval"
		}
		fmt.Fprintf(&b, "  %q [label=%q%s]\n", n.ID, strings.Join(n.label(), "\n"), style)
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  %q -> %q\n", e[0], e[1])
	}
	return b.String() + "}"
}

// mermaid is the graph for Mermaid, whose nodes have plain ids.
func (g modelGraph) mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	ids := map[string]string{}
	for i, n := range g.Nodes {
		ids[n.ID] = fmt.Sprintf("n%d", i)
		left, right := "[", "]"
		if n.Kind != "layer" {
			left, right = "([", "])"
		}
		fmt.Fprintf(&b, "  n%d%s\"%s\"%s\n", i, left, strings.Join(n.label(), "<br>"), right)
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  %s --> %s\n", ids[e[0]], ids[e[1]])
	}
	return strings.TrimSuffix(b.String(), "\n")
}
