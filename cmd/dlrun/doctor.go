package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/dlrun/dlrun/datasets"
	"github.com/dlrun/dlrun/gpu"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/train"
)

// doctorResult is what doctor -json writes.
type doctorResult struct {
	versionResult
	CPU         string       `json:"cpu"`
	Cores       int          `json:"cores"`
	Threads     int          `json:"threads"`      // that a run uses unless told otherwise
	MemoryBytes int64        `json:"memory_bytes"` // 0 where it cannot be told
	ISA         isaResult    `json:"isa"`
	Devices     []deviceInfo `json:"devices"`
	DataSets    []string     `json:"embedded_datasets"`
}

// isaResult is the instruction set: what the processor has and what the kernels will use.
type isaResult struct {
	Detected string `json:"detected"`
	Used     string `json:"used"`
	Limit    string `json:"DLRUN_ISA,omitempty"`
}

type deviceInfo struct {
	Name      string `json:"name"`
	Available bool   `json:"available"`
	Note      string `json:"note,omitempty"`
}

func doctorCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor [options]",
		Short: "Say what machine, kernels, devices and data there are.",
		Long:  "Says what machine this is, which kernels and devices dlrun uses on it, and which data sets are embedded.",
		Args:  noArguments,
	}
	c.RunE = func(*cobra.Command, []string) error {
		d, err := a.examine()
		if err != nil {
			return err
		}
		a.view.result(d)
		for _, row := range d.rows() {
			a.view.printf("%-16s %s", row[0], row[1])
		}
		return nil
	}
	return c
}

func (a *app) examine() (*doctorResult, error) {
	used, err := a.instructionSet()
	if err != nil {
		return nil, err
	}
	d := &doctorResult{
		versionResult: thisVersion(), CPU: cpuName(), Cores: runtime.NumCPU(), Threads: runtime.GOMAXPROCS(0), MemoryBytes: memoryBytes(),
		ISA: isaResult{Detected: isa.Detect().String(), Used: used.String(), Limit: a.env["DLRUN_ISA"]},
	}
	for _, set := range datasets.All() {
		if set.Embedded() {
			d.DataSets = append(d.DataSets, set.Name)
		}
	}
	for _, name := range []string{"cpu", "cuda"} {
		d.Devices = append(d.Devices, device(name)...)
	}
	return d, nil
}

// device is what there is of a make of device: each GPU by itself, or why there is none.
func device(name string) []deviceInfo {
	err := train.DeviceError(name)
	switch {
	case name == "cpu":
		return []deviceInfo{{Name: name, Available: true}}
	case !gpu.Built(name):
		note := "not in this build: docs/guides/gpu.md says how to build with it"
		if _, err := os.Stat("/proc/driver/nvidia/version"); err == nil {
			note += "; there is a driver of NVIDIA's on this machine"
		}
		return []deviceInfo{{Name: name, Note: note}}
	}
	driver, found, findErr := gpu.Find(name)
	if findErr != nil || len(found) == 0 {
		return []deviceInfo{{Name: name, Note: err.Error()}}
	}
	var out []deviceInfo
	for i, f := range found {
		info := deviceInfo{
			Name: fmt.Sprintf("%s:%d", name, i), Available: true,
			Note: fmt.Sprintf("%s, compute capability %d.%d, %.1f GiB, driver for %s", f.Name, f.Capability[0], f.Capability[1], float64(f.Memory)/(1<<30), driver.Version()),
		}
		if err := train.DeviceError(info.Name); err != nil {
			info.Available, info.Note = false, err.Error()
		} else if more, err := tried(info.Name); err != nil {
			info.Available, info.Note = false, fmt.Sprintf("%s; it cannot be used: %v", info.Note, err)
		} else {
			info.Note += more
		}
		out = append(out, info)
	}
	return out
}

// tried opens a GPU, which loads the kernels, and says what is free there and what else was found.
func tried(name string) (note string, err error) {
	d, err := gpu.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	free, err := d.Free()
	if err != nil {
		return "", err
	}
	note = fmt.Sprintf(", %.1f GiB free", float64(free)/(1<<30))
	library, missing := d.Library()
	if missing != nil {
		return fmt.Sprintf("%s; products are left to dlrun's own kernels: %v", note, missing), nil
	}
	return note + ", " + library, nil
}

// rows are what a person is shown.
func (d *doctorResult) rows() [][2]string {
	kernels := d.ISA.Used
	if d.ISA.Limit != "" {
		kernels += fmt.Sprintf(" (DLRUN_ISA=%s; the processor has %s)", d.ISA.Limit, d.ISA.Detected)
	}
	memory := "unknown"
	if d.MemoryBytes > 0 {
		memory = fmt.Sprintf("%.1f GiB", float64(d.MemoryBytes)/(1<<30))
	}
	rows := [][2]string{
		{"dlrun", d.Version},
		{"go", d.Go},
		{"system", d.OS + "/" + d.Arch},
		{"processor", fmt.Sprintf("%s, %s", d.CPU, plural(d.Cores, "core"))},
		{"memory", memory},
		{"kernels", kernels},
		{"threads", fmt.Sprint(d.Threads)},
	}
	for _, dev := range d.Devices {
		state := "available"
		if dev.Note != "" {
			state = dev.Note
		}
		rows = append(rows, [2]string{"device " + dev.Name, state})
	}
	for _, name := range d.DataSets {
		rows = append(rows, [2]string{"data set", name + " (embedded)"})
	}
	return rows
}
