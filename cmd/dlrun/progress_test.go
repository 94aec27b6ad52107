package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/train"
)

// clock is a time that moves when told.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

// watched plays an epoch of 4 steps, 60 ms each, on a terminal of so many columns.
func watched(live bool, width int) string {
	var b bytes.Buffer
	v := newView(&bytes.Buffer{}, &b, nil)
	v.live, v.width = live, func() int { return width }
	c := newClock()
	p := newProgress(v)
	p.now = c.now
	p.Begin(train.Begin{Train: "main", Dir: "out", Parameters: 1234, Rows: map[string]int{"train": 8, "test": 2}})
	p.Epoch(1, 2, 4)
	logs := run.Metrics{{Name: "loss", Value: 0.5}, {Name: "accuracy", Value: 0.25}}
	for step := 1; step <= 4; step++ {
		c.at = c.at.Add(60 * time.Millisecond)
		p.Step(step, 4, func() run.Metrics { return logs })
	}
	c.at = c.at.Add(time.Second)
	p.Measuring("validation", 1000, 2000)
	p.EpochEnd(append(logs, run.Metric{Name: "val_loss", Value: 0.0001}, run.Metric{Name: "val_accuracy", Value: 1}))
	p.end()
	return b.String()
}

func TestProgressWithoutATerminal(t *testing.T) {
	want := `Training "main": 1,234 parameters; rows: train 8, test 2.
Run directory: out
Epoch 1/2
4/4 ━━━━━━━━━━━━━━━━━━━━ 1s 310ms/step - accuracy: 0.2500 - loss: 0.5000 - val_accuracy: 1.0000 - val_loss: 1.0000e-04
`
	if diff := cmp.Diff(want, watched(false, 80)); diff != "" {
		t.Error(diff)
	}
}

// TestProgressOnATerminal also holds that a line is drawn at most every 100 ms, and cleared before the next.
func TestProgressOnATerminal(t *testing.T) {
	got := strings.Split(watched(true, 72), "\r")
	want := []string{
		"Training \"main\": 1,234 parameters; rows: train 8, test 2.\nRun directory: out\nEpoch 1/2\n",
		"1/4 ━━━━━─────────────── 0s 60ms/step - accuracy: 0.2500 - loss: 0.5000",
		"3/4 ━━━━━━━━━━━━━━━───── 0s 60ms/step - accuracy: 0.2500 - loss: 0.5000",
		"4/4 ━━━━━━━━━━━━━━━━━━━━ accuracy: 0.2500 - loss: 0.5000 - validation 1",
		strings.Repeat(" ", 71),
		"4/4 ━━━━━━━━━━━━━━━━━━━━ 1s 310ms/step - accuracy: 0.2500 - loss: 0.5000 - val_accuracy: 1.0000 - val_loss: 1.0000e-04\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestProgressOfAResumedEpoch takes the time of a step from the steps that this process did.
func TestProgressOfAResumedEpoch(t *testing.T) {
	var b bytes.Buffer
	v := newView(&bytes.Buffer{}, &b, nil)
	c := newClock()
	p := newProgress(v)
	p.now = c.now
	p.Epoch(3, 3, 10)
	c.at = c.at.Add(400 * time.Millisecond)
	p.Step(9, 10, nil)
	p.Step(10, 10, nil)
	p.EpochEnd(run.Metrics{{Name: "loss", Value: float32(math.NaN())}})
	want := "Epoch 3/3\n10/10 ━━━━━━━━━━━━━━━━━━━━ 0s 200ms/step - loss: NaN\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1400 * time.Millisecond: "1s", 65 * time.Second: "1:05", 3665 * time.Second: "1:01:05",
	} {
		if got := duration(d); got != want {
			t.Errorf("duration(%v) = %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		45 * time.Microsecond: "45us/step", 7 * time.Millisecond: "7ms/step", 2 * time.Second: "2s/step",
	} {
		if got := stepTime(d); got != want {
			t.Errorf("stepTime(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestClipLine(t *testing.T) {
	for _, c := range []struct {
		line  string
		width int
		want  string
		n     int
	}{
		{"abc", 3, "abc", 3},
		{"abcd", 3, "abc", 3},
		{"\x1b[32m━━\x1b[0mab", 3, "\x1b[32m━━\x1b[0ma\x1b[0m", 3},
		{"", 3, "", 0},
	} {
		if got, n := clipLine(c.line, c.width); got != c.want || n != c.n {
			t.Errorf("clipLine(%q, %d) = %q, %d; want %q, %d", c.line, c.width, got, n, c.want, c.n)
		}
	}
}
