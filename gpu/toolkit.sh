#!/usr/bin/env bash
# Brings together what a build with -tags cuda needs, without CUDA or a GPU on the machine, and prints the environment for it:
#
#   eval "$(gpu/toolkit.sh DIR)" && go build -tags cuda ./cmd/dlrun
#
# DIR gets CUDA's headers, NVRTC and ptxas from PyPI, where they are not there yet, and libcuda.a: every function of the driver as a jump
# through a table that is filled from libcuda.so.1 when the program starts. So it links without a driver, and starts without one.
# With CUDA_HOME set, that toolkit's headers are used and nothing is installed.
#
# The tag cuda also turns on Gorgonia's own CUDA code, which wants cuBLAS and cuDNN 8 to link with and which dlrun never calls. DIR/gorgonia is
# a copy of the module without it, and DIR/go.mod is dlrun's with that copy in its place; GOFLAGS names it.
set -euo pipefail
[ $# = 1 ] || { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
say() { echo "toolkit: $*" >&2; }
for tool in gcc ar; do
  command -v $tool >/dev/null || { say "there is no $tool: a build with CUDA needs a C compiler"; exit 3; }
done

if [ -n "${CUDA_HOME:-}" ]; then
  include=$CUDA_HOME/include
else
  include=$dir/nvidia/cuda_runtime/include
  if [ ! -f "$include/cuda.h" ]; then
    python3 -m pip install --quiet --no-deps --disable-pip-version-check --target "$dir" \
      nvidia-cuda-runtime-cu12==12.9.79 nvidia-cuda-nvrtc-cu12==12.9.86 nvidia-cuda-nvcc-cu12==12.9.86 >&2 ||
      { say "CUDA's headers could not be installed with pip: set CUDA_HOME to a CUDA toolkit"; exit 3; }
    chmod +x "$dir/nvidia/cuda_nvcc/bin/ptxas"
  fi
fi
[ -f "$include/cuda.h" ] || { say "there is no cuda.h in $include"; exit 3; }

if [ ! -f "$dir/libcuda.a" ] || [ "$0" -nt "$dir/libcuda.a" ] || [ "$here/cuda13/cuda.h" -nt "$dir/libcuda.a" ] || [ "$include/cuda.h" -nt "$dir/libcuda.a" ]; then
  symbols=$(gcc -E -P -I"$here/cuda13" -I"$include" -include cuda.h -x c /dev/null | tr '\n' ' ' | grep -oE '\bcu[A-Z][A-Za-z0-9_]*[[:space:]]*\(' | tr -d ' (' | sort -u | grep -vx cuInit)
  {
    cat <<'C'
#include <dlfcn.h>
#include <stdlib.h>
/* gorgonia.org/cu ends the process where cuInit fails, before main, so it never does; what it said is in dlrun_cuda_init. */
int dlrun_cuda_init = 100; /* CUDA_ERROR_NO_DEVICE */
const char *dlrun_cuda_library = "libcuda.so.1";
const char *dlrun_cuda_problem;
static int none(void) { return 100; }
static int (*init)(unsigned);
int cuInit(unsigned flags) {
  if (init) dlrun_cuda_init = init(flags);
  return 0;
}
static const char *const names[] = {
C
    printf '"%s",\n' $symbols
    echo '0};'
    echo "__attribute__((visibility(\"hidden\"))) void *dlrun_cuda_table[$(echo "$symbols" | wc -l)];"
    cat <<'C'
__attribute__((constructor)) static void fill(void) {
  const char *other = getenv("DLRUN_LIBCUDA");
  if (other && *other) dlrun_cuda_library = other;
  void *library = dlopen(dlrun_cuda_library, RTLD_NOW | RTLD_GLOBAL);
  if (!library) dlrun_cuda_problem = dlerror();
  for (int i = 0; names[i]; i++) {
    void *f = library ? dlsym(library, names[i]) : 0;
    dlrun_cuda_table[i] = f ? f : (void *)none;
  }
  if (library) init = (int (*)(unsigned))dlsym(library, "cuInit");
}
C
    i=0
    for s in $symbols; do
      case $(uname -m) in
      x86_64) echo "__asm__(\".text\\n.globl $s\\n.type $s,@function\\n$s: jmp *dlrun_cuda_table+$((8 * i))(%rip)\\n\");" ;;
      aarch64) echo "__asm__(\".text\\n.globl $s\\n.type $s,@function\\n$s: adrp x16, dlrun_cuda_table+$((8 * i))\\nldr x16, [x16, :lo12:dlrun_cuda_table+$((8 * i))]\\nbr x16\\n\");" ;;
      *) say "trampolines are written for x86_64 and aarch64"; exit 3 ;;
      esac
      i=$((i + 1))
    done
  } >"$dir/trampolines.c"
  gcc -O1 -fPIC -c "$dir/trampolines.c" -o "$dir/trampolines.o"
  rm -f "$dir/libcuda.a"
  ar rcs "$dir/libcuda.a" "$dir/trampolines.o"
fi
cd "$here/.."
source=$(GOFLAGS= go list -m -f '{{.Dir}}' gorgonia.org/gorgonia)
if [ ! -f "$dir/gorgonia/.from" ] || [ "$(cat "$dir/gorgonia/.from")" != "$source" ]; then
  rm -rf "$dir/gorgonia"
  mkdir "$dir/gorgonia"
  find "$source" -maxdepth 1 -type f \( -name "*.go" -o -name "*.s" -o -name go.mod \) -exec cp {} "$dir/gorgonia/" \;
  for folder in encoding internal; do
    [ ! -d "$source/$folder" ] || cp -r "$source/$folder" "$dir/gorgonia/"
  done
  chmod -R u+w "$dir/gorgonia"
  find "$dir/gorgonia" -name '*_test.go' -delete
  { grep -lrE '^//( \+build|go:build) cuda' "$dir/gorgonia" --include='*.go' || true; } | xargs -r rm
  { grep -lrE '^//( \+build|go:build) !cuda' "$dir/gorgonia" --include='*.go' || true; } | xargs -r sed -i -E '/^\/\/( \+build|go:build) !cuda/d'
  echo "$source" >"$dir/gorgonia/.from"
fi
{ cat go.mod; echo; echo "replace gorgonia.org/gorgonia => $dir/gorgonia"; } >"$dir/go.mod.new"
cmp -s "$dir/go.mod.new" "$dir/go.mod" || cp "$dir/go.mod.new" "$dir/go.mod"
rm "$dir/go.mod.new"
cmp -s go.sum "$dir/go.sum" || cp go.sum "$dir/go.sum"
echo "export GOFLAGS='${GOFLAGS:+$GOFLAGS }-modfile=$dir/go.mod'"
echo "export CGO_ENABLED=1"
echo "export CGO_CFLAGS='-I$here/cuda13 -I$include'"
echo "export CGO_LDFLAGS='-L$dir -ldl'"
