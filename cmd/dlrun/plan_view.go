package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dlrun/dlrun/internal/train"
)

// planTable lays out rows under a head, for a terminal or as Markdown. Columns named in right are numbers.
func planTable(head []string, rows [][]string, right map[int]bool, markdown bool) string {
	width := make([]int, len(head))
	for _, r := range append([][]string{head}, rows...) {
		for i, cell := range r {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	line := func(r []string) {
		for i, cell := range r {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if markdown {
				b.WriteString("| " + cell + pad + " ")
			} else if right[i] {
				b.WriteString("  " + pad + cell)
			} else {
				b.WriteString("  " + cell + pad)
			}
		}
		if markdown {
			b.WriteString("|")
		}
		text := strings.TrimRight(b.String(), " ")
		b.Reset()
		b.WriteString(text + "\n")
	}
	line(head)
	if markdown {
		for i := range head {
			if b.WriteString("| ---"); right[i] {
				b.WriteString(":")
			}
			b.WriteString(" ")
		}
		b.WriteString("|\n")
	}
	for _, r := range rows {
		line(r)
	}
	return b.String()
}

func planText(p *train.Plan, markdown bool) string {
	var b strings.Builder
	title := fmt.Sprintf("Plan of train %q: model %q on dataset %q", p.Train, p.Model, p.Dataset)
	if markdown {
		title = "## " + title
	}
	fmt.Fprintf(&b, "%s\n\n", title)
	var rows [][]string
	for _, l := range p.Layers {
		rows = append(rows, []string{l.Path + " (" + l.Type + ")", shapeList(l.Shape), grouped(l.Params), amount(l.Flops), bytesText(l.Bytes)})
	}
	b.WriteString(planTable([]string{"Layer", "Output", "Parameters", "FLOP/example", "Bytes/example"}, rows, map[int]bool{2: true, 3: true, 4: true}, markdown))
	fmt.Fprintf(&b, "\nParameters: %s, of which %s are trained.\n", grouped(p.Total), grouped(p.Trainable))
	limit := ""
	if p.Memory.Limit > 0 {
		limit = fmt.Sprintf(" of the %s that this machine has for it", bytesText(int(p.Memory.Limit)))
	}
	fmt.Fprintf(&b, "Memory: %s%s: arena %s (%s without reuse), weights %s, optimizer %s.\n",
		bytesText(p.Memory.Peak), limit, bytesText(p.Memory.Arena), bytesText(p.Memory.Unplanned), bytesText(p.Memory.Weights), bytesText(p.Memory.Slots))
	fmt.Fprintf(&b, "Training: %s of %s of %d examples, %sFLOP a step.\n", plural(p.Epochs, "epoch"), plural(p.Steps, "step"), p.Batch, amount(p.Flops))
	if t := p.Seconds; t != nil {
		fmt.Fprintf(&b, "Time: about %s a step, %s an epoch, %s in all, without validation.\n", secondsText(t.Step), secondsText(t.Epoch), secondsText(t.All))
	}
	fmt.Fprintf(&b, "Rows: %s to train, %s for validation, %s for the test.\n\n", grouped(p.Rows.Train), grouped(p.Rows.Validation), grouped(p.Rows.Test))
	rows = nil
	for _, c := range p.Columns {
		kind := "feature"
		if c.Target {
			kind = "target"
		}
		feeds := c.Feeds
		if feeds == "" {
			feeds = "nothing"
		}
		rows = append(rows, []string{kind + " " + c.Name, strings.TrimSpace(c.DType + " " + shapeList(c.Shape)), strings.Join(c.Columns, ", "), feeds, balance(c)})
	}
	b.WriteString(planTable([]string{"Data", "Type", "Columns", "Feeds", "Classes"}, rows, nil, markdown))
	for _, f := range p.Files {
		fmt.Fprintf(&b, "\nFile %s: %s, sha256 %.12s…", f.Path, bytesText(int(f.Bytes)), f.SHA256)
	}
	return b.String()
}

// balance says how many rows each class has.
func balance(c train.PlanColumn) string {
	if len(c.Counts) == 0 {
		return ""
	}
	var parts []string
	for i, n := range c.Counts {
		if i == 8 {
			parts = append(parts, fmt.Sprintf("and %d more", len(c.Counts)-i))
			break
		}
		name := fmt.Sprint(i)
		if i < len(c.Classes) {
			name = c.Classes[i]
		}
		parts = append(parts, fmt.Sprintf("%s: %d", name, n))
	}
	return strings.Join(parts, ", ")
}

func comparisonText(c *train.Comparison, against string, markdown bool) string {
	var b strings.Builder
	title := fmt.Sprintf("Train %q against %s", c.Train, against)
	if markdown {
		title = "## " + title
	}
	if c.Same {
		return "\n" + title + ": the same.\n"
	}
	fmt.Fprintf(&b, "\n%s\n\n", title)
	for _, part := range []struct {
		title   string
		changes []train.Change
	}{{"Layers", c.Layers}, {"Inputs and outputs", c.Model}, {"Training", c.Training}, {"Data", c.Data}} {
		if len(part.changes) == 0 {
			continue
		}
		if markdown {
			fmt.Fprintf(&b, "**%s**\n\n```diff\n", part.title)
		} else {
			fmt.Fprintf(&b, "%s:\n", part.title)
		}
		for _, x := range part.changes {
			sign, text := "!", fmt.Sprintf("%s: %s -> %s", x.Path, clipped(x.Old), clipped(x.New))
			switch x.Kind {
			case "added":
				sign, text = "+", x.Path+" = "+clipped(x.New)
			case "removed":
				sign, text = "-", x.Path+" = "+clipped(x.Old)
			case "moved":
				text = fmt.Sprintf("%s is now %s", x.Old, x.New)
			}
			if !markdown {
				sign = "  " + strings.Replace(sign, "!", "~", 1)
			}
			fmt.Fprintf(&b, "%s %s\n", sign, text)
		}
		if markdown {
			b.WriteString("```\n")
		}
		b.WriteString("\n")
	}
	if c.Carried+len(c.Fresh)+len(c.Lost) > 0 {
		fmt.Fprintf(&b, "Weights: %d carry over, %d are new, %d are dropped.\n", c.Carried, len(c.Fresh), len(c.Lost))
	}
	if c.Params[0] > 0 && c.Params[0] != c.Params[1] {
		fmt.Fprintf(&b, "Parameters: %s -> %s.\n", grouped(c.Params[0]), grouped(c.Params[1]))
	}
	if c.Bytes[0] > 0 && c.Bytes[0] != c.Bytes[1] {
		fmt.Fprintf(&b, "Memory of weights and optimizer: %s -> %s.\n", bytesText(c.Bytes[0]), bytesText(c.Bytes[1]))
	}
	return b.String()
}

func clipped(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}

// shapeList writes a shape without the batch.
func shapeList(s []int) string {
	parts := make([]string, len(s))
	for i, d := range s {
		if parts[i] = fmt.Sprint(d); d < 0 {
			parts[i] = "null"
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// amount writes a large number with a unit: 1.2 M.
func amount(f float64) string {
	for _, u := range []string{"", "k", "M", "G", "T", "P"} {
		if f < 1000 {
			if u == "" {
				return fmt.Sprintf("%.0f ", f)
			}
			return fmt.Sprintf("%.3g %s", f, u)
		}
		f /= 1000
	}
	return fmt.Sprintf("%.3g E", f)
}

func bytesText(n int) string {
	f := float64(n)
	for _, u := range []string{"B", "KiB", "MiB", "GiB"} {
		if f < 1024 {
			return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") + " " + u
		}
		f /= 1024
	}
	return fmt.Sprintf("%.1f TiB", f)
}

func secondsText(s float64) string {
	switch {
	case s < 1e-3:
		return fmt.Sprintf("%.0f µs", s*1e6)
	case s < 1:
		return fmt.Sprintf("%.1f ms", s*1e3)
	case s < 120:
		return fmt.Sprintf("%.1f s", s)
	case s < 7200:
		return fmt.Sprintf("%.0f min", s/60)
	}
	return fmt.Sprintf("%.1f h", s/3600)
}
