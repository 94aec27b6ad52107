package run

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func mustLogs(t *testing.T, d *Dir, c *Checkpoint) *Logs {
	t.Helper()
	l, err := d.OpenLogs(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var (
	nan = float32(math.NaN())
	inf = float32(math.Inf(1))
)

// writeLogs writes the lines of steps from..to, three an epoch, with a validation every second epoch.
func writeLogs(t *testing.T, l *Logs, from, to int64) {
	t.Helper()
	for n := from; n <= to; n++ {
		if err := l.Step(Step{Step: n, Loss: 1 / float32(n), LearningRate: 0.001, Seconds: 0.25}); err != nil {
			t.Fatal(err)
		}
		if n%3 != 0 {
			continue
		}
		e := int(n / 3)
		m := Metrics{{"accuracy", float32(e) / 10}, {"loss", 1 / float32(e)}}
		if e%2 == 0 {
			m = append(Metrics{{"val_loss", float32(e)}}, m...)
		}
		if err := l.Epoch(e, m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLogs(t *testing.T) {
	d := mustOpen(t, Options{Path: t.TempDir()})
	l := mustLogs(t, d, nil)
	writeLogs(t, l, 1, 6)
	if err := l.Step(Step{Step: 7, Loss: nan, LearningRate: 1e-7, Seconds: 0.0123456789}); err != nil {
		t.Fatal(err)
	}
	if err := l.Epoch(3, Metrics{{"loss", inf}, {"val_loss", -inf}, {"accuracy", nan}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Final(Metrics{{"test_loss", 0.5}, {"test_accuracy", 0.9}}); err != nil {
		t.Fatal(err)
	}
	// Read while the run is open: every line is there.
	steps := strings.Split(mustRead(t, d.File(StepsFile)), "\n")
	if diff := cmp.Diff([]string{
		`{"step":1,"loss":1,"learning_rate":0.001,"seconds":0.25}`,
		`{"step":2,"loss":0.5,"learning_rate":0.001,"seconds":0.25}`,
		`{"step":3,"loss":0.33333334,"learning_rate":0.001,"seconds":0.25}`,
	}, steps[:3]); diff != "" {
		t.Errorf("steps.jsonl (-want +got):\n%s", diff)
	}
	if got, want := steps[6], `{"step":7,"loss":null,"learning_rate":1e-7,"seconds":0.012346}`; got != want {
		t.Errorf("step 7 is %s, want %s", got, want)
	}
	want := `{"epoch":1,"loss":1,"accuracy":0.1}
{"epoch":2,"loss":0.5,"accuracy":0.2,"val_loss":2}
{"epoch":3,"loss":null,"accuracy":null,"val_loss":null}
{"test_loss":0.5,"test_accuracy":0.9}
`
	if diff := cmp.Diff(want, mustRead(t, d.File(MetricsFile))); diff != "" {
		t.Errorf("metrics.jsonl (-want +got):\n%s", diff)
	}
	want = `epoch,loss,accuracy,val_loss,test_loss,test_accuracy
1,1,0.1,,,
2,0.5,0.2,2,,
3,,,,,
,,,,0.5,0.9
`
	if diff := cmp.Diff(want, mustRead(t, d.File(HistoryFile))); diff != "" {
		t.Errorf("history.csv (-want +got):\n%s", diff)
	}
	epochs, err := ReadMetrics(d.File(MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Epoch{
		{1, Metrics{{"loss", 1}, {"accuracy", 0.1}}},
		{2, Metrics{{"loss", 0.5}, {"accuracy", 0.2}, {"val_loss", 2}}},
		{3, Metrics{{"loss", nan}, {"accuracy", nan}, {"val_loss", nan}}},
		{0, Metrics{{"test_loss", 0.5}, {"test_accuracy", 0.9}}},
	}, epochs, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("ReadMetrics (-want +got):\n%s", diff)
	}
	for name, err := range map[string]error{
		"an epoch again":      l.Epoch(3, nil),
		"a step again":        l.Step(Step{Step: 7}),
		"two of one name":     l.Epoch(4, Metrics{{"loss", 1}, {"loss", 2}}),
		"a metric named so":   l.Epoch(4, Metrics{{"epoch", 1}}),
		"logs opened again":   second(d.OpenLogs(nil)),
		"metrics not a table": second(ReadMetrics(d.Path)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := mustRead(t, d.File(MetricsFile)); strings.Count(got, "\n") != 4 {
		t.Errorf("refused lines were written:\n%s", got)
	}
}

func second[T any](_ T, err error) error { return err }

func TestLogsAreCutBackToTheCheckpoint(t *testing.T) {
	whole := mustOpen(t, Options{Path: t.TempDir()})
	writeLogs(t, mustLogs(t, whole, nil), 1, 15)
	for _, cut := range []Checkpoint{{}, {Epoch: 0, Step: 2}, {Epoch: 1, Step: 3}, {Epoch: 2, Step: 7}, {Epoch: 5, Step: 15}} {
		d := mustOpen(t, Options{Path: t.TempDir()})
		l := mustLogs(t, d, nil)
		writeLogs(t, l, 1, 15)
		if err := l.Final(Metrics{{"test_loss", 1}}); err != nil {
			t.Fatal(err)
		}
		mustClose(t, d)
		d = mustOpen(t, Options{Path: d.Path, Resume: true})
		l = mustLogs(t, d, &cut)
		if n := strings.Count(mustRead(t, d.File(MetricsFile)), "\n"); n != cut.Epoch {
			t.Errorf("at %+v: %d epochs are kept", cut, n)
		}
		if n := strings.Count(mustRead(t, d.File(StepsFile)), "\n"); n != int(cut.Step) {
			t.Errorf("at %+v: %d steps are kept", cut, n)
		}
		if n := strings.Count(mustRead(t, d.File(HistoryFile)), "\n"); n != 1+cut.Epoch {
			t.Errorf("at %+v: history.csv is\n%s", cut, mustRead(t, d.File(HistoryFile)))
		}
		// Going on from there gives what an unbroken run gives, to the byte.
		writeLogs(t, l, cut.Step+1, 15)
		for _, name := range []string{MetricsFile, StepsFile, HistoryFile} {
			if diff := cmp.Diff(mustRead(t, whole.File(name)), mustRead(t, d.File(name))); diff != "" {
				t.Errorf("at %+v: %s (-unbroken +resumed):\n%s", cut, name, diff)
			}
		}
	}
}

func TestLogsTornAtEveryByte(t *testing.T) {
	d := mustOpen(t, Options{Path: t.TempDir()})
	writeLogs(t, mustLogs(t, d, nil), 1, 6)
	for name, key := range map[string]string{MetricsFile: "epoch", StepsFile: "step"} {
		whole := mustRead(t, d.File(name))
		path := d.File("torn")
		for n := range len(whole) + 1 {
			for _, tail := range []string{"", "\x00\x00\n", "}\n", "{\"" + key + "\":1}\n"} {
				mustWrite(t, path, whole[:n]+tail)
				keep, err := keptBytes(path, key, math.MaxInt64)
				if err != nil {
					t.Fatal(err)
				}
				want := int64(strings.LastIndexByte(whole[:n], '\n') + 1)
				// A torn line that the tail happens to complete is whole.
				if n < len(whole) && strings.HasPrefix(whole[n:], tail) && strings.HasSuffix(tail, "\n") {
					want = int64(n + len(tail))
				}
				if keep != want {
					if rest := whole[want:n] + tail; !json.Valid([]byte(rest)) || keep != want+int64(len(rest)) {
						t.Fatalf("%s cut to %d bytes, then %q: kept %d, want %d", name, n, tail, keep, want)
					}
				}
				if _, err := ReadMetrics(path); tail == "" && err != nil {
					t.Fatalf("%s cut to %d bytes: %v", name, n, err)
				}
			}
		}
	}
	mustWrite(t, d.File("long"), `{"step":1,"x":"`+strings.Repeat("x", maxLine)+"\"}\n")
	if keep, err := keptBytes(d.File("long"), "step", 9); keep != 0 || err != nil {
		t.Errorf("an endless line: %d, %v", keep, err)
	}
}

func TestOtherLogsAreCutBack(t *testing.T) {
	d := mustOpen(t, Options{Path: t.TempDir()})
	outside := t.TempDir() + "/log.csv"
	mustWrite(t, d.File("log.csv"), "12345")
	mustWrite(t, outside, "12345")
	c := &Checkpoint{Logs: map[string]int64{"log.csv": 2, outside: 3}}
	mustLogs(t, d, c)
	if a, b := mustRead(t, d.File("log.csv")), mustRead(t, outside); a != "12" || b != "123" {
		t.Errorf("cut to %q and %q", a, b)
	}
	mustClose(t, d)
	d = mustOpen(t, Options{Path: d.Path, Resume: true})
	if err := os.Remove(outside); err != nil {
		t.Fatal(err)
	}
	if _, err := d.OpenLogs(c); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a log that is gone: %v", err)
	}
}

func TestFloatsAreShortestDecimals(t *testing.T) {
	for _, bits := range []uint32{0, 1, 0x80000000, 0x3dcccccd, 0x7f7fffff, 0x00800000, 0x358637bd, 0x358637be, 0x60ad78ec, 0x4b800001, 0xbf9d70a4} {
		v := math.Float32frombits(bits)
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got := string(appendFloat32(nil, v))
		if got != string(want) {
			t.Errorf("%x is written %s, encoding/json has %s", bits, got, want)
		}
		back, err := strconv.ParseFloat(got, 32)
		if err != nil || math.Float32bits(float32(back)) != bits {
			t.Errorf("%x is written %s, which is read as %v (%v)", bits, got, back, err)
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	d := mustOpen(t, Options{Path: t.TempDir()})
	l := mustLogs(t, d, nil)
	n := int64(0)
	if got := testing.AllocsPerRun(100, func() {
		n++
		if err := l.Step(Step{Step: n, Loss: 0.123, LearningRate: 1e-3, Seconds: 0.004}); err != nil {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("a step allocates %v times", got)
	}
}

func TestMetricsJSON(t *testing.T) {
	var m Metrics
	if err := json.Unmarshal([]byte(`{"b":1,"a":null}`), &m); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Metrics{{"b", 1}, {"a", nan}}, m, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`[]`, `{"a":"x"}`, `{"a":1e99}`, `1`} {
		if err := json.Unmarshal([]byte(bad), &m); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}
