package run

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dlrun/dlrun/internal/safetensors"
)

// trainVariable makes this test binary, started again, train in a directory until it is done or killed.
const trainVariable = "DLRUN_TEST_TRAIN"

const killTestSteps = 60

func TestMain(m *testing.M) {
	if path := os.Getenv(trainVariable); path != "" {
		if err := train(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// train is a training loop in small: one weight, each step of which depends on the step before.
func train(path string) (err error) {
	d, err := Open(Options{Path: path, Resume: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if d.Previous != nil && d.Previous.Status == Complete {
		return nil
	}
	m := &Manifest{Name: "kill", Status: Running}
	if err := d.WriteManifest(m); err != nil {
		return err
	}
	c, damaged, err := d.LatestCheckpoint()
	if err != nil || len(damaged) > 0 {
		return fmt.Errorf("damaged %v: %w", damaged, err)
	}
	l, err := d.OpenLogs(c)
	if err != nil {
		return err
	}
	if c == nil {
		c = new(Checkpoint)
	}
	weight := []float32{1}
	if c.Step > 0 {
		if err := c.Weights[0].CopyFloat32s(weight); err != nil {
			return err
		}
	}
	epoch := c.Epoch
	for step := c.Step + 1; step <= killTestSteps; step++ {
		weight[0] = float32(weight[0]*1.01) + float32(step)
		if err := l.Step(Step{Step: step, Loss: weight[0], LearningRate: 0.1}); err != nil {
			return err
		}
		if step%3 == 0 {
			epoch++
			if err := l.Epoch(epoch, Metrics{{"loss", weight[0]}, {fmt.Sprintf("val_%d", epoch%4), 1}}); err != nil {
				return err
			}
		}
		if step%2 == 0 {
			if _, err := d.SaveCheckpoint(&Checkpoint{
				Epoch: epoch, EpochStep: int(step % 3), Step: step,
				Weights: []safetensors.Tensor{safetensors.Float32("w", []int{1}, weight)},
			}); err != nil {
				return err
			}
		}
	}
	if err := d.WriteBundle(&Bundle{Weights: []safetensors.Tensor{safetensors.Float32("w", []int{1}, weight)}}); err != nil {
		return err
	}
	m.Status = Complete
	return d.WriteManifest(m)
}

func TestKilledAtAnyMoment(t *testing.T) {
	whole, broken := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "broken")
	start := time.Now()
	if err := train(whole); err != nil {
		t.Fatal(err)
	}
	unbroken := time.Since(start)
	random := rand.New(rand.NewPCG(1, 2))
	kills := 0
	for round := 0; ; round++ {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), trainVariable+"="+broken)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if round < 20 {
			time.Sleep(time.Duration(random.Int64N(int64(unbroken/4) + int64(20*time.Millisecond))))
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
		}
		err := cmd.Wait()
		if err == nil {
			break
		}
		if said.Len() > 0 || round >= 20 { // it failed by itself
			t.Fatalf("after %d kills: %v: %s", kills, err, said.String())
		}
		kills++
	}
	if kills == 0 {
		t.Error("the process was never killed before it was done")
	}
	names, err := filepath.Glob(filepath.Join(whole, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, filepath.Join(whole, CheckpointsDir, "step-00000060-epoch-0020.zip")) {
		name, err := filepath.Rel(whole, name)
		if err != nil {
			t.Fatal(err)
		}
		if name == CheckpointsDir {
			continue
		}
		if diff := cmp.Diff(mustRead(t, filepath.Join(whole, name)), mustRead(t, filepath.Join(broken, name))); diff != "" {
			t.Errorf("after %d kills, %s (-unbroken +resumed):\n%s", kills, name, diff)
		}
	}
	left, err := filepath.Glob(filepath.Join(broken, "*", ".dlrun-tmp-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
	t.Logf("%d kills", kills)
}
