package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/train"
)

// redrawEvery is the least time between two drawings of a line: a person cannot read faster.
const redrawEvery = 100 * time.Millisecond

// barWidth is the number of characters of a progress bar.
const barWidth = 20

// progress shows a run as it goes, in Keras' manner. It implements train.Observer.
type progress struct {
	view *view
	now  func() time.Time

	mu          sync.Mutex // an interruption is told from another goroutine
	train       string
	epochs      int
	steps, step int
	epoch       int
	first       int       // steps of the epoch that were done before this process
	began       time.Time // of the epoch
	drawn       time.Time
	waited      time.Duration // for data, in the steps of the epoch
	waitedDrawn time.Duration // of that, what the line that was drawn last knew of
	line        int           // characters of the line on the terminal that is not ended yet
	logs        run.Metrics
}

func newProgress(v *view) *progress { return &progress{view: v, now: time.Now} }

// Begin implements train.Observer.
func (p *progress) Begin(b train.Begin) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.train = b.Train
	p.view.event(beginEvent{Event: "begin", Train: b.Train, RunDir: b.Dir, Parameters: b.Parameters, Rows: b.Rows, Resumed: b.Resumed, Epoch: b.Epoch, Step: b.Step})
	if p.silent() {
		return
	}
	var rows []string
	for _, split := range []string{"train", "validation", "test"} {
		if n := b.Rows[split]; n > 0 {
			rows = append(rows, fmt.Sprintf("%s %s", split, grouped(n)))
		}
	}
	p.view.say("Training %q: %s parameters; rows: %s.", b.Train, grouped(b.Parameters), strings.Join(rows, ", "))
	p.view.say("Run directory: %s", b.Dir)
	if b.Resumed {
		p.view.say("Continuing after epoch %d, step %s.", b.Epoch, grouped(int(b.Step)))
	}
}

// Epoch implements train.Observer.
func (p *progress) Epoch(epoch, epochs, steps int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.epoch, p.epochs, p.steps, p.step, p.first = epoch, epochs, steps, 0, -1
	p.began = p.now()
	p.drawn, p.waited, p.waitedDrawn = time.Time{}, 0, 0
	if !p.silent() {
		p.view.say("Epoch %d/%d", epoch, epochs)
	}
}

// Step implements train.Observer.
func (p *progress) Step(step, steps int, logs func() run.Metrics) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first < 0 {
		p.first = step - 1 // a continued epoch begins in its middle
	}
	p.step = step
	if p.silent() || !p.view.live {
		return
	}
	if now := p.now(); now.Sub(p.drawn) >= redrawEvery {
		since := p.drawn
		if since.IsZero() {
			since = p.began
		}
		waited := waitText(p.waited-p.waitedDrawn, now.Sub(since), p.waited)
		p.drawn, p.waitedDrawn = now, p.waited
		p.logs = logs()
		p.draw(p.stepLine(now) + waited)
	}
}

// Waited implements train.Observer.
func (p *progress) Waited(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waited += d
}

// waitText says how much of a time steps waited for their data, where it is a part of it worth knowing, and they
// have waited for all seconds in the epoch.
func waitText(waited, of, all time.Duration) string {
	const worth, least = 0.1, time.Second / 2
	if of <= 0 || all < least || float64(waited) < worth*float64(of) {
		return ""
	}
	return fmt.Sprintf(" - waiting for data %.0f%%", 100*min(1, float64(waited)/float64(of)))
}

// stepLine is the line of an epoch that goes on: how far it is, the time left, and the means so far.
func (p *progress) stepLine(now time.Time) string {
	perStep := now.Sub(p.began) / time.Duration(max(1, p.step-p.first))
	left := perStep * time.Duration(p.steps-p.step)
	return fmt.Sprintf("%s %s %s - %s", p.bar(), duration(left), stepTime(perStep), metricsText(p.logs))
}

// Measuring implements train.Observer.
func (p *progress) Measuring(split string, done, rows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent() || !p.view.live {
		return
	}
	if now := p.now(); now.Sub(p.drawn) >= redrawEvery {
		p.drawn = now
		line := fmt.Sprintf("%s %s/%s rows", split, grouped(done), grouped(rows))
		if split == "validation" {
			line = fmt.Sprintf("%s %s - %s", p.bar(), metricsText(p.logs), line)
		}
		p.draw(line)
	}
}

// EpochEnd implements train.Observer.
func (p *progress) EpochEnd(logs run.Metrics) {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := p.now().Sub(p.began)
	p.view.event(epochEvent{Event: "epoch", Train: p.train, Epoch: p.epoch, Epochs: p.epochs, Steps: p.step, Seconds: seconds(took), Waited: seconds(p.waited), Metrics: logs})
	if p.silent() {
		return
	}
	perStep := took / time.Duration(max(1, p.step-p.first))
	p.clear()
	p.view.say("%s %s %s - %s%s", p.bar(), duration(took), stepTime(perStep), metricsText(logs), waitText(p.waited, took, p.waited))
	p.logs = nil
}

// Test implements train.Observer.
func (p *progress) Test(logs run.Metrics) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.view.event(testEvent{Event: "test", Train: p.train, Metrics: logs})
}

// Note implements train.Observer.
func (p *progress) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.view.event(noteEvent{Event: "note", Train: p.train, Text: text})
	if !p.silent() {
		p.clear()
		p.view.say("%s", text)
	}
}

// interrupting says that the user's wish to stop was heard.
func (p *progress) interrupting() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.view.note("Interrupted: finishing the step and saving; once more to exit at once.")
}

// end ends whatever line is on the terminal.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *progress) silent() bool { return p.view.quiet || p.view.json }

// bar is how much of the epoch is done.
func (p *progress) bar() string {
	filled := barWidth
	if p.steps > 0 {
		filled = barWidth * p.step / p.steps
	}
	return fmt.Sprintf("%*d/%d %s%s", len(fmt.Sprint(p.steps)), p.step, p.steps,
		p.view.paint(green, strings.Repeat("━", filled)), strings.Repeat("─", barWidth-filled))
}

// draw replaces the line on the terminal, cut to its width.
func (p *progress) draw(line string) {
	line, length := clipLine(line, p.view.width()-1)
	pad := max(0, p.line-length)
	fmt.Fprintf(p.view.err, "\r%s%s", line, strings.Repeat(" ", pad))
	p.line = length
}

// clear removes the line from the terminal.
func (p *progress) clear() {
	if p.line > 0 {
		fmt.Fprintf(p.view.err, "\r%s\r", strings.Repeat(" ", p.line))
		p.line = 0
	}
}

// clipLine cuts a line to width characters, not counting the colours in it, and returns its length.
func clipLine(line string, width int) (string, int) {
	n, escape := 0, false
	for i, r := range line {
		switch {
		case r == '\x1b':
			escape = true
		case escape:
			escape = r != 'm'
		case n == width:
			if strings.Contains(line[:i], "\x1b") {
				return line[:i] + "\x1b[0m", n
			}
			return line[:i], n
		default:
			n++
		}
	}
	return line, n
}

// metricsText writes metrics as Keras' progress line: by name, those of validation after those of
// training, four digits each.
func metricsText(m run.Metrics) string {
	key := func(x run.Metric) string {
		if strings.HasPrefix(x.Name, "val_") {
			return "1" + x.Name
		}
		return "0" + x.Name
	}
	sorted := slices.Clone(m)
	slices.SortStableFunc(sorted, func(a, b run.Metric) int { return strings.Compare(key(a), key(b)) })
	var parts []string
	for _, x := range sorted {
		v := float64(x.Value)
		format := "%s: %.4f"
		if a := math.Abs(v); a != 0 && a <= 1e-3 {
			format = "%s: %.4e"
		}
		parts = append(parts, fmt.Sprintf(format, x.Name, v))
	}
	return strings.Join(parts, " - ")
}

// duration writes a time as Keras does: 7s, 1:05, 1:01:05.
func duration(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	switch {
	case s >= 3600:
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	case s >= 60:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%ds", s)
}

// stepTime writes the time of one step: 7ms/step.
func stepTime(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.0fs/step", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.0fms/step", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%.0fus/step", d.Seconds()*1e6)
}

func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1e6) / 1e6 }

// The lines of fit -json, besides the last.
type (
	beginEvent struct {
		Event      string         `json:"event"` // begin
		Train      string         `json:"train"`
		RunDir     string         `json:"run_dir"`
		Parameters int            `json:"parameters"`
		Rows       map[string]int `json:"rows"` // by split
		Resumed    bool           `json:"resumed"`
		Epoch      int            `json:"epoch"` // complete epochs
		Step       int64          `json:"step"`  // optimizer steps done
	}
	epochEvent struct {
		Event   string      `json:"event"` // epoch
		Train   string      `json:"train"`
		Epoch   int         `json:"epoch"`
		Epochs  int         `json:"epochs"`
		Steps   int         `json:"steps"`   // of this epoch that were done
		Seconds float64     `json:"seconds"` // in this process
		Waited  float64     `json:"data_wait_seconds"`
		Metrics run.Metrics `json:"metrics"`
	}
	testEvent struct {
		Event   string      `json:"event"` // test
		Train   string      `json:"train"`
		Metrics run.Metrics `json:"metrics"`
	}
	noteEvent struct {
		Event string `json:"event"` // note
		Train string `json:"train"`
		Text  string `json:"text"`
	}
)

// noting is an observer of what prints its own result: only notes are said.
type noting struct {
	train.Silent
	view *view
}

// Note implements train.Observer.
func (n noting) Note(text string) { n.view.say("%s", text) }
