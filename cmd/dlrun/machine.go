package main

import (
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/klauspost/cpuid/v2"
	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/run"
	"github.com/dlrun/dlrun/internal/train"
)

// machineOptions are the options of commands that compute.
type machineOptions struct {
	threads int
	device  string
}

func (o *machineOptions) bind(c *cobra.Command) {
	c.Flags().IntVar(&o.threads, "threads", 0, "Use `n` threads; by default one for each core. It never changes a result.")
	c.Flags().StringVar(&o.device, "device", "", "Compute on the device of this `name`: auto, cpu, cuda, cuda:0; by default what the file says.")
}

// settings are what a computation depends on besides its document.
func (a *app) settings(o machineOptions, watch train.Observer) (train.Settings, error) {
	n, err := threads(o.threads)
	if err != nil {
		return train.Settings{}, err
	}
	set, err := a.instructionSet()
	if err != nil {
		return train.Settings{}, err
	}
	tf32 := a.env["DLRUN_TF32"] == "1"
	if v := a.env["DLRUN_TF32"]; v != "" && v != "0" && v != "1" {
		return train.Settings{}, usagef("DLRUN_TF32 is %q; it can be 1 or 0", v)
	}
	if o.device != "" {
		if err := train.DeviceError(o.device); err != nil {
			return train.Settings{}, usagef("option -device: %v", err)
		}
	}
	a.useDataSets()
	room, err := a.cacheLimit()
	if err != nil {
		return train.Settings{}, err
	}
	return train.Settings{
		Threads: n, ISA: set, MemoryLimit: memoryBytes() / 8 * 7, CacheDir: a.cacheDir(), CacheLimit: room, Device: o.device, TF32: tf32,
		Version: version, Now: time.Now, Observer: watch, Downloads: a.downloads,
	}, nil
}

// cacheDir is the folder for decoded data and data sets: DLRUN_CACHE, or the one of this user; "" where there is none.
func (a *app) cacheDir() string {
	if dir := a.env["DLRUN_CACHE"]; dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "dlrun")
}

// defaultCacheLimit is how much decoded data is kept where DLRUN_CACHE_SIZE says nothing.
const defaultCacheLimit = 64 << 30

// cacheLimit is how much decoded data is kept for later runs.
func (a *app) cacheLimit() (int64, error) {
	text := a.env["DLRUN_CACHE_SIZE"]
	if text == "" {
		return defaultCacheLimit, nil
	}
	n, ok := dsl.ParseBytes(text)
	if !ok {
		return 0, usagef("DLRUN_CACHE_SIZE is %q; an amount is wanted, as \"20 GiB\" or a number of bytes", text)
	}
	return n, nil
}

// threads is the number of threads that an option asks for; 0 stands for all cores.
func threads(n int) (int, error) {
	if n < 0 || n > maxThreads {
		return 0, usagef("option -threads: a number from 1 to %d is wanted, got %d", maxThreads, n)
	}
	if n == 0 {
		return runtime.GOMAXPROCS(0), nil
	}
	return n, nil
}

// maxThreads is far above what a machine has and far below what hurts.
const maxThreads = 1024

// instructionSet is what the CPU's kernels may use: the best there is, or less where DLRUN_ISA says so.
func (a *app) instructionSet() (isa.ISA, error) {
	name := a.env["DLRUN_ISA"]
	if name == "" {
		return isa.Detect(), nil
	}
	set, err := isa.Parse(name)
	if err != nil {
		return 0, usagef("DLRUN_ISA is %q; it can be avx512, avx2 or generic", name)
	}
	return min(set, isa.Detect()), nil
}

// machine describes this machine for a manifest.
func machine(s train.Settings) run.Machine {
	return run.Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: cpuName(), ISA: s.ISA.String(),
		Cores: runtime.NumCPU(), Threads: s.Threads, MemoryBytes: memoryBytes(),
	}
}

// cpuName is the processor's own name, or its architecture where it has not got one.
func cpuName() string {
	if cpuid.CPU.BrandName != "" {
		return cpuid.CPU.BrandName
	}
	return runtime.GOARCH
}
