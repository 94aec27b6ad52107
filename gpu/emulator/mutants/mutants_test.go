//go:build cuda

package mutants

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMutants breaks kernels, builds an emulated driver of each and runs the op cases on it, which must fail: by a wrong number, a write outside a
// value or the emulator's word, in one of several orders of threads.
func TestMutants(t *testing.T) {
	driver := os.Getenv("DLRUN_LIBCUDA")
	flags := strings.Fields(os.Getenv("CGO_CFLAGS"))
	include, ok := "", false
	if len(flags) > 0 {
		include, ok = strings.CutPrefix(flags[len(flags)-1], "-I") // after that of gpu/cuda13
	}
	if _, err := exec.LookPath("g++"); err != nil || !ok || driver == "" {
		t.Skip("gpu/check.sh -emulated sets what is needed: g++, CGO_CFLAGS and DLRUN_LIBCUDA")
	}
	binary := os.Getenv("CUDA_TEST") // made before, or not
	if binary == "" {
		binary = filepath.Join(t.TempDir(), "cuda.test")
		run(t, nil, "go", "test", "-tags", "cuda", "-c", "-o", binary, "../../cuda")
	}
	tree := t.TempDir()
	for _, folder := range []string{"kernels", "emulator"} {
		if err := os.CopyFS(filepath.Join(tree, folder), os.DirFS(filepath.Join("..", "..", folder))); err != nil {
			t.Fatal(err)
		}
	}
	const products, sums = "TestOps/dense/(relu|long|plain)", "TestOps/(softmax|reduce|norm)"
	for _, m := range []struct{ name, file, old, new, ops, flags string }{
		{"nothing", "device.h", "", "", products + "|TestOps/softmax", ""},
		{"no barrier before the products of a tile", "gemm.h", "    __syncthreads();\n    if (k + TILE_K", "    if (k + TILE_K", products, ""},
		{"no barrier after the products of a tile", "gemm.h", "    }\n    __syncthreads();\n  }", "    }\n  }", "TestOps/dense/long", ""},
		{"no barrier in a tree of sums", "reduce.cu", "    __syncthreads();\n    if ((int)threadIdx.x < o)", "    if ((int)threadIdx.x < o)", sums, ""},
		{"no barrier before the sums of warps are read", "device.h", "shared[warp] = v;\n  __syncthreads();\n  return warp_sum", "shared[warp] = v;\n  return warp_sum", sums, ""},
		{"a column too many", "gemm.h", "n0 + tj + j < n)", "n0 + tj + j <= n)", products, ""},
		{"an element too many", "device.h", "i < (n); i +=", "i <= (n); i +=", "TestOps/(unary|binary|dropout)", ""},
		{"half a warp", "device.h", "  for (int o = WARP / 2; o > 0; o >>= 1) v += ", "  if (threadIdx.x % WARP < 16)\n  for (int o = WARP / 2; o > 0; o >>= 1) v += ", sums, ""},
		{"no barrier before the tensor cores", "gemm.h", "    __syncthreads();\n    if (k + TILE_K < k1) load(k + TILE_K);\n    const int deep", "    if (k + TILE_K < k1) load(k + TILE_K);\n    const int deep", "TestDevicePrecision/dense", ""},
		{"no barrier in a tree of places", "array.cu", "    __syncthreads();\n    int t = threadIdx.x;", "    int t = threadIdx.x;", "TestOps/argreduce", ""},
		{"no barrier between two steps of ctc", "loss.cu", "    __syncthreads();\n    if (threadIdx.x == 0) phi[0] = moved[0] + none;", "    if (threadIdx.x == 0) phi[0] = moved[0] + none;", "TestOps/ctc", ""},
		{"shared memory that is too small", "reduce.cu", "__shared__ float shared[256];", "__shared__ float shared[200];", "TestOps/reduce", "-fsanitize=address"},
	} {
		t.Run(m.name, func(t *testing.T) {
			file := filepath.Join(tree, "kernels", m.file)
			whole, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(whole), m.old) < 1 {
				t.Fatalf("%s has no %q", m.file, m.old)
			}
			if m.old != "" {
				if err := os.WriteFile(file, []byte(strings.Replace(string(whole), m.old, m.new, 1)), 0o666); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := os.WriteFile(file, whole, 0o666); err != nil {
						t.Error(err)
					}
				}()
			}
			out := t.TempDir()
			if m.flags == "" { // only the sources that were changed are compiled again
				if err := os.CopyFS(out, os.DirFS(filepath.Dir(driver))); err != nil {
					t.Fatal(err)
				}
				now := time.Now()
				if err := filepath.WalkDir(out, func(path string, _ fs.DirEntry, err error) error {
					return errors.Join(err, os.Chtimes(path, now, now))
				}); err != nil {
					t.Fatal(err)
				}
				touched := now.Add(time.Second)
				if err := os.Chtimes(file, touched, touched); err != nil {
					t.Fatal(err)
				}
			}
			args := []string{filepath.Join(tree, "emulator", "build.sh"), include, out}
			env := []string{"DLRUN_LIBCUDA=" + filepath.Join(out, "libcuda.so.1")}
			if m.flags != "" {
				args = append(args, m.flags)
				asan, err := exec.Command("g++", "-print-file-name=libasan.so").Output()
				if err != nil {
					t.Fatal(err)
				}
				env = append(env, "LD_PRELOAD="+strings.TrimSpace(string(asan)), "ASAN_OPTIONS=detect_leaks=0:handle_segv=0:detect_stack_use_after_return=0")
			}
			run(t, nil, "bash", args...)
			for _, order := range []string{"0", "1", "2", "3"} {
				c := exec.Command(binary, "-test.run", m.ops)
				c.Dir = filepath.Join("..", "..", "cuda")
				c.Env = append(append(os.Environ(), env...), "CUDA_ORDER="+order)
				text, err := c.CombinedOutput()
				var failed *exec.ExitError
				switch {
				case m.old == "" && err != nil:
					t.Fatalf("order %s: %v\n%s", order, err, text)
				case m.flags != "" && strings.Contains(string(text), "global-buffer-overflow"):
					return
				case m.flags == "" && m.old != "" && errors.As(err, &failed):
					t.Logf("found in order %s: %s", order, first(string(text)))
					return
				}
			}
			if m.old != "" {
				t.Error("nothing was found")
			}
		})
	}
}

// first is the first line of output that says what went wrong.
func first(text string) string {
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "--- FAIL") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func run(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), env...)
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, text)
	}
}
