package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// settings are the numbers of a workload that is one kind of layer, by their names in its file.
type settings map[string]int

// layers are the workloads that are some layers of one kind, a mean over all places and a dense layer: a row may set each of these
// numbers, as "conv2d,kernel=7,strides=2".
var layers = map[string]settings{
	"conv1d":    {"size": 512, "channels": 64, "filters": 64, "kernel": 5, "strides": 1, "layers": 2},
	"conv2d":    {"size": 32, "channels": 64, "filters": 64, "kernel": 3, "strides": 1, "layers": 2},
	"conv3d":    {"size": 16, "channels": 16, "filters": 16, "kernel": 3, "strides": 1, "layers": 2},
	"depthwise": {"size": 32, "channels": 64, "kernel": 3, "strides": 1, "layers": 2},
}

// shorthands are rows with a name of their own.
var shorthands = map[string]string{
	"conv1x1": "conv2d,kernel=1,channels=128,filters=128",
	"conv7x7": "conv2d,kernel=7,strides=2,size=96,channels=3,layers=1",
}

// set takes the settings of a row apart: WORKLOAD,NAME=NUMBER,...; what it does not name has its default.
func set(row string) (workload string, s settings, err error) {
	workload, rest, given := strings.Cut(row, ",")
	if long, ok := shorthands[workload]; ok {
		short, more, both := strings.Cut(long, ",")
		if workload, given = short, given || both; rest != "" {
			more += "," + rest
		}
		rest = more
	}
	s = maps.Clone(layers[workload])
	if !given {
		return workload, s, nil
	}
	for _, part := range strings.Split(rest, ",") {
		name, text, _ := strings.Cut(part, "=")
		if _, ok := s[name]; !ok {
			return "", nil, fmt.Errorf("%s has no setting %q, but %s", workload, name, strings.Join(slices.Sorted(maps.Keys(s)), ", "))
		}
		if s[name], err = strconv.Atoi(text); err != nil || s[name] < 1 {
			return "", nil, fmt.Errorf("%q is no number of at least 1 for %s", text, name)
		}
	}
	return workload, s, nil
}

// list is NAME=NUMBER for each setting, in their names' order.
func (s settings) list() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		out = append(out, fmt.Sprint(name, "=", s[name]))
	}
	return out
}

// variables are dlrun's arguments that set the variables of the workload's file.
func (s settings) variables() []string {
	var out []string
	for _, v := range s.list() {
		out = append(out, "-var", v)
	}
	return out
}
