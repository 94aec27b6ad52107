package main

import (
	"encoding/json"
	"math"

	"github.com/rogpeppe/go-internal/testscript"
)

// adds FILE reads what time -json -ops wrote and holds its numbers against each other: parts add up to the step, ops to the parts, layers
// to no more than the parts, speeds to times and counts.
func adds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: adds FILE")
	}
	var result timeResult
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &result))
	if len(result.Timings) == 0 {
		ts.Fatalf("nothing was timed")
	}
	for _, t := range result.Timings {
		near := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-9*math.Abs(want)+1e-12 {
				ts.Fatalf("%s: %v, want %v", what, got, want)
			}
		}
		if t.Step <= 0 || t.Peak <= 0 || t.Steps < 1 {
			ts.Fatalf("%d steps of %v s, a peak of %v", t.Steps, t.Step, t.Peak)
		}
		parts, total, shares := map[string]float64{}, 0.0, 0.0
		for _, p := range t.Parts {
			if p.Seconds < 0 {
				ts.Fatalf("%s took %v s", p.Part, p.Seconds)
			}
			parts[p.Part] = p.Seconds
			total += p.Seconds
			shares += p.Share
		}
		near("parts of the step", total, t.Step)
		near("shares of the step", shares, 1)
		near("examples", t.Examples*t.Step, float64(t.Batch))
		ops, flops := map[string]float64{}, 0.0
		for _, o := range t.Ops {
			ops[o.Part] += o.Seconds
			flops += o.Flops
		}
		near("flops", flops, t.Flops)
		for _, part := range []string{"forward", "backward", "loss", "optimizer"} {
			near("ops of "+part, ops[part], parts[part])
		}
		layers := map[string]float64{}
		for _, l := range t.Layers {
			for part, w := range map[string]work{"forward": l.Forward, "backward": l.Backward, "optimizer": l.Update} {
				layers[part] += w.Seconds
				near(l.Layer+": speed of "+part, w.Speed*w.Seconds, w.Flops)
				near(l.Layer+": peak of "+part, w.OfPeak*t.Peak, w.Speed)
			}
		}
		for part, seconds := range layers {
			if seconds > parts[part]*(1+1e-9) {
				ts.Fatalf("layers take %v s in %s, which takes %v s", seconds, part, parts[part])
			}
		}
	}
}
