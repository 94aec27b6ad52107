package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/train"
)

// showOptions are the options of datasets show, which writes a page of examples as the model gets them.
type showOptions struct {
	machineOptions
	rows, epochs int
	only, output string
}

// bindShow adds the options of the action show, and returns the model file that they are about and what runs it.
func (a *app) bindShow(c *cobra.Command) (*modelFile, func(ctx context.Context, args []string) error) {
	var o showOptions
	m := a.modelFile(c)
	f := c.Flags()
	f.IntVar(&o.rows, "rows", 10, "With show: `n` examples.")
	f.IntVar(&o.epochs, "epochs", 3, "With show: as they are in the first `n` epochs.")
	f.StringVar(&o.only, "train", "", "With show: only the data of the train of this `name`.")
	f.StringVar(&o.output, "output", "samples.html", "With show: write the page to this `file`.")
	o.bind(c)
	return m, func(ctx context.Context, args []string) error {
		if len(args) != 1 {
			return usagef("dlrun datasets show needs a model file or a directory")
		}
		m.path = args[0]
		return a.showData(ctx, m, o)
	}
}

func (a *app) showData(ctx context.Context, m *modelFile, o showOptions) error {
	if o.rows < 1 || o.epochs < 0 {
		return usagef("option -rows is at least 1, and -epochs at least 0; got %d and %d", o.rows, o.epochs)
	}
	set, err := a.settings(o.machineOptions, nil)
	if err != nil {
		return err
	}
	p, _, err := m.check()
	if err != nil {
		return err
	}
	if err := needTrain(p.Doc, o.only); err != nil {
		return err
	}
	list, diags, err := train.Samples(ctx, train.TimeOptions{Settings: set, Load: m.load, Only: o.only, Batch: o.rows}, o.epochs)
	if err := a.view.outcome(diags, m.files, err); err != nil {
		return err
	}
	if err := durable.WriteFile(o.output, func(w io.Writer) error { return writeSheet(w, list, o.epochs) }); err != nil {
		return err
	}
	a.view.printf("Wrote %d examples to %s.", len(list), o.output)
	a.view.result(map[string]any{"output": o.output, "examples": len(list)})
	return nil
}

// sheetHead is how the page begins.
const sheetHead = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Examples</title>
<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:6px;text-align:left;vertical-align:top}
img{image-rendering:pixelated;min-width:96px}code{white-space:pre-wrap;max-width:24em;display:block}</style>
<table><tr><th>example</th><th>column</th><th>shape</th><th>without augmentation</th>`

// writeSheet writes the page of samples: a row for each column of each.
func writeSheet(w io.Writer, samples []train.Sample, epochs int) error {
	var b bytes.Buffer
	b.WriteString(sheetHead)
	for i := range epochs {
		fmt.Fprintf(&b, "<th>epoch %d</th>", i+1)
	}
	b.WriteString("</tr>\n")
	for _, s := range samples {
		for _, c := range s.Columns {
			fmt.Fprintf(&b, "<tr><td>%s %d</td><td>%s</td><td>%s</td>", html.EscapeString(s.Dataset), s.Row+1, html.EscapeString(c.Name), strings.ReplaceAll(fmt.Sprint(c.Shape), " ", ", "))
			low, high := c.Before[0], c.Before[0]
			for _, x := range c.Before {
				low, high = min(low, x), max(high, x)
			}
			for _, x := range append([][]float32{c.Before}, c.After...) {
				cell, err := cellOf(c.Shape, x, low, high)
				if err != nil {
					return err
				}
				fmt.Fprintf(&b, "<td>%s</td>", cell)
			}
			b.WriteString("</tr>\n")
		}
	}
	b.WriteString("</table></html>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// cellOf is a picture of what can be one, whose values from low to high are shown from black to white, and else the numbers.
func cellOf(shape []int, x []float32, low, high float32) (string, error) {
	channels := 0
	if len(shape) == 3 {
		channels = shape[2]
	}
	if channels != 1 && channels != 3 || shape[0] < 2 || shape[1] < 2 {
		const most = 48
		text := strings.Trim(fmt.Sprint(x[:min(len(x), most)]), "[]")
		if len(x) > most {
			text += " …"
		}
		return "<code>" + text + "</code>", nil
	}
	picture := image.NewRGBA(image.Rect(0, 0, shape[1], shape[0]))
	level := func(v float32) uint8 {
		if high > low {
			v = (v - low) / (high - low) * 255
		}
		return uint8(min(max(v, 0), 255))
	}
	for i := range shape[0] * shape[1] {
		p := x[i*channels : (i+1)*channels]
		picture.SetRGBA(i%shape[1], i/shape[1], color.RGBA{R: level(p[0]), G: level(p[channels/2]), B: level(p[channels-1]), A: 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return "", err
	}
	return `<img alt="" src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(b.Bytes()) + `">`, nil
}
