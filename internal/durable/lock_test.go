package durable

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// holdVariable makes this test binary, started again, hold a directory until it is killed or its input closed.
const holdVariable = "DLRUN_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdVariable); dir != "" {
		_, err := Lock(dir)
		fmt.Println(err == nil)
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// hold starts another process that tries to lock dir, and returns it with what it said.
func hold(t *testing.T, dir string) (*exec.Cmd, bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), holdVariable+"="+dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line) == "true"
}

func TestLockGoesWithTheProcess(t *testing.T) {
	dir := t.TempDir()
	cmd, ok := hold(t, dir)
	if !ok {
		t.Fatal("the other process could not lock a free directory")
	}
	_, err := Lock(dir)
	var held *LockedError
	if !errors.As(err, &held) {
		t.Fatalf("Lock of a held directory: %v", err)
	}
	if held.Dir != dir || held.PID != cmd.Process.Pid {
		t.Errorf("held by process %d in %s, want %d in %s", held.PID, held.Dir, cmd.Process.Pid, dir)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it reports the kill
	lock, err := Lock(dir)
	if err != nil {
		t.Fatalf("after the kill: %v", err)
	}
	if _, ok := hold(t, dir); ok {
		t.Error("another process locked a held directory")
	}
	if _, err := Lock(dir); !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Errorf("a second lock in one process: %v", err)
	}
	for range 2 {
		if err := lock.Unlock(); err != nil {
			t.Errorf("Unlock: %v", err)
		}
	}
	if _, ok := hold(t, dir); !ok {
		t.Error("after Unlock another process could not lock the directory")
	}
}

func TestLockMessages(t *testing.T) {
	if got := (&LockedError{Dir: "runs/x/0001", PID: 12}).Error(); got != "directory runs/x/0001 is in use by process 12" {
		t.Error(got)
	}
	if got := (&LockedError{Dir: "runs/x/0001"}).Error(); got != "directory runs/x/0001 is in use by another process" {
		t.Error(got)
	}
	if _, err := Lock(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a missing directory was locked")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, lockName), []byte("no number"), 0o666); err != nil {
		t.Fatal(err)
	}
	lock, err := Lock(dir)
	if err != nil {
		t.Fatalf("a lock file with other content: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Error(err)
	}
}
