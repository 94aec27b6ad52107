package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrun/dlrun/internal/safetensors"
)

// checkpointAt makes a small checkpoint whose content follows from its position.
func checkpointAt(epoch int, step int64) *Checkpoint {
	v := float32(step)
	return &Checkpoint{
		Dlrun: "0.1", Epoch: epoch, EpochStep: int(step) - 3*epoch, Step: step,
		Weights:   []safetensors.Tensor{safetensors.Float32("d/bias", []int{1}, []float32{v}), safetensors.Float32("d/kernel", []int{2, 1}, []float32{v, -v})},
		Optimizer: []safetensors.Tensor{safetensors.Float32("d/bias/m", []int{1}, []float32{v / 2})},
		Metrics:   []safetensors.Tensor{safetensors.Float64("loss/total", []int{}, []float64{float64(v) / 3})},
		Callbacks: []CallbackState{{
			Name: "early/stopping", State: json.RawMessage(`{"wait":1}`),
			Arrays: []safetensors.Tensor{safetensors.Float32("d/bias", []int{1}, []float32{v - 1})},
		}, {Name: "plain", State: json.RawMessage(`3`), Arrays: []safetensors.Tensor{}}},
		Loop: json.RawMessage(`{"stop":false}`),
	}
}

// compact undoes the indentation that the archive's index gives to what callbacks declare.
func compact(t *testing.T, c *Checkpoint) *Checkpoint {
	t.Helper()
	squeeze := func(m json.RawMessage) json.RawMessage {
		var b bytes.Buffer
		if err := json.Compact(&b, m); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	c.Loop = squeeze(c.Loop)
	for i := range c.Callbacks {
		c.Callbacks[i].State = squeeze(c.Callbacks[i].State)
	}
	return c
}

func mustSave(t *testing.T, d *Dir, c *Checkpoint) string {
	t.Helper()
	path, err := d.SaveCheckpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func checkpointNames(t *testing.T, d *Dir) []string {
	t.Helper()
	entries, err := os.ReadDir(d.File(CheckpointsDir))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestCheckpointRoundTrip(t *testing.T) {
	d := mustOpen(t, Options{Path: t.TempDir()})
	if c, damaged, err := d.LatestCheckpoint(); c != nil || damaged != nil || err != nil {
		t.Errorf("before anything is saved: %v, %v, %v", c, damaged, err)
	}
	mustWrite(t, d.File("log.csv"), "12")
	want := checkpointAt(1, 4)
	want.Logs = map[string]int64{"log.csv": 2}
	path := mustSave(t, d, want)
	got, damaged, err := d.LatestCheckpoint()
	if err != nil || damaged != nil {
		t.Fatal(damaged, err)
	}
	if diff := cmp.Diff(want, compact(t, got)); diff != "" {
		t.Errorf("checkpoint (-want +got):\n%s", diff)
	}
	first := mustRead(t, path)
	if mustSave(t, d, want) != path || mustRead(t, path) != first {
		t.Error("the same checkpoint gave other bytes")
	}
	want.Logs = map[string]int64{"missing.csv": 2}
	if _, err := d.SaveCheckpoint(want); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a log that is not there: %v", err)
	}
	for name, c := range map[string]*Checkpoint{
		"a negative counter": {Step: -1},
		"state not JSON":     {Callbacks: []CallbackState{{Name: "x", State: json.RawMessage(`{`)}}},
		"two of one name":    {Weights: append(checkpointAt(0, 1).Weights, checkpointAt(0, 1).Weights...)},
	} {
		if _, err := d.SaveCheckpoint(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if names := checkpointNames(t, d); len(names) != 1 {
		t.Errorf("refused checkpoints left files: %v", names)
	}
}

func TestCheckpointsArePruned(t *testing.T) {
	d := mustOpen(t, Options{Path: t.TempDir()})
	for step := int64(1); step <= 3; step++ {
		mustSave(t, d, checkpointAt(0, step))
	}
	mustSave(t, d, checkpointAt(1, 3)) // the end of the epoch, after its last step
	mustWrite(t, d.File("checkpoints/step-9.zip"), "the user's own")
	want := []string{"step-00000003-epoch-0000.zip", "step-00000003-epoch-0001.zip", "step-9.zip"}
	if diff := cmp.Diff(want, checkpointNames(t, d)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if c, _, err := d.LatestCheckpoint(); err != nil || c.Epoch != 1 {
		t.Errorf("latest is %+v, %v", c, err)
	}
	mustSave(t, d, checkpointAt(0, 123456789))
	if c, _, err := d.LatestCheckpoint(); err != nil || c.Step != 123456789 {
		t.Errorf("a number of more digits: %+v, %v", c, err)
	}
}

func TestDamagedCheckpointsAreNoticed(t *testing.T) {
	d := mustOpen(t, Options{Path: t.TempDir()})
	mustSave(t, d, checkpointAt(0, 1))
	newest := mustSave(t, d, checkpointAt(0, 2))
	whole := mustRead(t, newest)
	parse := func(content string) (*Checkpoint, error) {
		a, err := openArchive(strings.NewReader(content), int64(len(content)))
		if err != nil {
			return nil, err
		}
		c := new(Checkpoint)
		return c, c.read(a)
	}
	for n := range len(whole) {
		if _, err := parse(whole[:n]); err == nil {
			t.Fatalf("cut to %d of %d bytes: no error", n, len(whole))
		}
		if n%50 != 0 {
			continue
		}
		mustWrite(t, newest, whole[:n])
		c, damaged, err := d.LatestCheckpoint()
		if err != nil || c.Step != 1 || len(damaged) != 1 || damaged[0].Path != newest || damaged[0].Err == nil {
			t.Fatalf("cut to %d of %d bytes: %+v, %v, %v", n, len(whole), c, damaged, err)
		}
	}
	want, err := ReadCheckpoint(filepath.Join(filepath.Dir(newest), "step-00000001-epoch-0000.zip"))
	if err != nil || want.Step != 1 {
		t.Fatal(want, err)
	}
	// A flipped byte is noticed, or lies where it changes nothing that is used (a date, an attribute).
	for n := range len(whole) {
		b := []byte(whole)
		b[n] ^= 0x10
		if c, err := parse(string(b)); err == nil {
			if diff := cmp.Diff(checkpointAt(0, 2), compact(t, c)); diff != "" {
				t.Fatalf("byte %d flipped, not noticed (-want +got):\n%s", n, diff)
			}
		} else if n%50 == 0 || n > len(whole)-600 { // the directory, where a flip can make offsets nonsensical
			mustWrite(t, newest, string(b))
			if c, damaged, err := d.LatestCheckpoint(); err != nil || c.Step != 1 || len(damaged) != 1 {
				t.Fatalf("byte %d flipped: %+v, %v, %v", n, c, damaged, err)
			}
		}
	}
	// One whose content is of another position was put there by hand.
	mustWrite(t, newest, mustRead(t, filepath.Join(filepath.Dir(newest), "step-00000001-epoch-0000.zip")))
	if c, damaged, err := d.LatestCheckpoint(); err != nil || c.Step != 1 || len(damaged) != 1 {
		t.Errorf("a renamed checkpoint: %+v, %v, %v", c, damaged, err)
	}
	// Going on replaces the abandoned future, damaged or not, and never the good one it started from.
	mustWrite(t, newest, "torn")
	mustWrite(t, d.File("checkpoints/step-00000009-epoch-0003.zip"), whole)
	if c, damaged, err := d.LatestCheckpoint(); err != nil || c.Step != 1 || len(damaged) != 2 {
		t.Fatalf("two damaged: %+v, %v, %v", c, damaged, err)
	}
	mustSave(t, d, checkpointAt(1, 3))
	if diff := cmp.Diff([]string{"step-00000001-epoch-0000.zip", "step-00000003-epoch-0001.zip"}, checkpointNames(t, d)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for _, name := range checkpointNames(t, d) {
		mustWrite(t, d.File("checkpoints/"+name), "torn")
	}
	if c, damaged, err := d.LatestCheckpoint(); err == nil || c != nil || len(damaged) != 2 || !strings.Contains(err.Error(), "step-00000001") {
		t.Errorf("all damaged: %v, %v, %v", c, damaged, err)
	}
}

func TestUnreadableCheckpointIsNotPassedOver(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		// Without permissions to lean on, a folder in the file's place serves.
		d := mustOpen(t, Options{Path: t.TempDir()})
		mustSave(t, d, checkpointAt(0, 1))
		if err := os.Mkdir(d.File("checkpoints/step-00000002-epoch-0000.zip"), 0o777); err != nil {
			t.Fatal(err)
		}
		if c, _, err := d.LatestCheckpoint(); err == nil {
			t.Errorf("passed over to %+v", c)
		}
		return
	}
	d := mustOpen(t, Options{Path: t.TempDir()})
	mustSave(t, d, checkpointAt(0, 1))
	if err := os.Chmod(mustSave(t, d, checkpointAt(0, 2)), 0); err != nil {
		t.Fatal(err)
	}
	if c, _, err := d.LatestCheckpoint(); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("passed over to %+v, %v", c, err)
	}
}

func TestSaveKeepsTheLastGoodOneWhenTheDiskFails(t *testing.T) {
	d := mustOpen(t, Options{Path: t.TempDir()})
	path := mustSave(t, d, checkpointAt(0, 1))
	before := mustRead(t, path)
	bad := checkpointAt(0, 1)
	bad.Weights[0].Data = nil // the shape says otherwise: writing fails half way
	if _, err := d.SaveCheckpoint(bad); err == nil {
		t.Fatal("a broken tensor was saved")
	}
	if mustRead(t, path) != before {
		t.Error("the good checkpoint was touched")
	}
}
