#!/usr/bin/env bash
# Brings together what a build with -tags nvidia needs, without CUDA or a GPU on the machine, and prints the environment for it:
#
#   eval "$(gpu/toolkit.sh DIR)" && go build -tags nvidia ./cmd/dlrun
#
# DIR gets CUDA's headers, NVRTC and ptxas from PyPI, where they are not there yet, and libcuda.a: every function of the driver as a jump
# through a table that is filled from libcuda.so.1 when the program starts. So it links without a driver, and starts without one.
# With CUDA_HOME set, that toolkit's headers are used and nothing is installed.
set -euo pipefail
[ $# = 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
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

if [ ! -f "$dir/libcuda.a" ] || [ "$0" -nt "$dir/libcuda.a" ]; then
  symbols=$(gcc -E -P -I"$include" -include cuda.h -x c /dev/null | tr '\n' ' ' | grep -oE '\bcu[A-Z][A-Za-z0-9_]*[[:space:]]*\(' | tr -d ' (' | sort -u | grep -vx cuInit)
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
echo "export CGO_ENABLED=1"
echo "export CGO_CFLAGS='-I$include'"
echo "export CGO_LDFLAGS='-L$dir -ldl'"
