// Package kernels holds the GPU's kernels: the sources, .cu and .h, and beside each the PTX that generate.py makes of it. Nothing else
// imports it than what runs them, so that a build without a GPU does not carry them.
package kernels

import (
	"embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

//go:embed *.ptx
var files embed.FS

// Image is the PTX of one source.
type Image struct {
	Name string // of the source, without its ending
	PTX  string
}

// Images are all there are.
func Images() []Image {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("kernels: " + err.Error()) // the files are part of the program
	}
	var out []Image
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			panic("kernels: " + err.Error())
		}
		out = append(out, Image{strings.TrimSuffix(e.Name(), ".ptx"), string(text)})
	}
	return out
}

var entry = regexp.MustCompile(`(?s)\.entry (\w+)\(\s*(.*?)\s*\)`)

var param = regexp.MustCompile(`^\.param \.align 8 \.b8 \w+\[(\d+)\]$`)

// Parameters are the kernels of an image, each with the size in bytes of the one struct that it takes.
func (i Image) Parameters() (map[string]int, error) {
	out := map[string]int{}
	for _, m := range entry.FindAllStringSubmatch(i.PTX, -1) {
		p := param.FindStringSubmatch(m[2])
		if p == nil {
			return nil, fmt.Errorf("kernel %s of %s.cu takes something else than one struct: %s", m[1], i.Name, m[2])
		}
		n, err := strconv.Atoi(p[1])
		if err != nil {
			return nil, err
		}
		out[m[1]] = n
	}
	return out, nil
}
