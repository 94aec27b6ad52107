#!/usr/bin/env bash
# Builds the emulated driver: the kernels, the emulator and libcuda.cpp in one libcuda.so.1.
#
# usage: build.sh INCLUDE OUT [FLAG...]
#
# INCLUDE is the folder of cuda.h; OUT gets libcuda.so.1. Flags go to g++. Files of OUT that are newer than their sources are kept.
set -euo pipefail
include=$1 out=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
flags=(-std=c++17 -O2 -ffp-contract=fast -fno-strict-aliasing -fPIC -Wall -Wno-unknown-pragmas -I"$here" -I"$here/../kernels" "$@")

# wrap writes a kernel file as g++ reads it: in a namespace of its own, with the list of its kernels.
wrap() {
  echo '#include "cuda_emulated.h"'
  echo "namespace emulated_$(basename "$1" .cu) {"
  echo "#include \"$1\""
  grep -oE 'extern "C" __global__ void (__launch_bounds__\([^)]*\) )?[A-Za-z_0-9]+' "$1" | awk '{print "EMULATED_KERNEL(" $NF ")"}'
  echo "}"
}

objects=()
for cu in "$here"/../kernels/*.cu; do
  o=$out/$(basename "$cu" .cu).o
  objects+=("$o")
  if [ ! "$o" -nt "$cu" ] || [ "$here/cuda_emulated.h" -nt "$o" ] || [ -n "$(find "$here/../kernels" -name '*.h' -newer "$o" 2>/dev/null)" ]; then
    wrap "$cu" >"${o%.o}.gen.cpp"
    g++ "${flags[@]}" -c "${o%.o}.gen.cpp" -o "$o"
  fi
done
g++ "${flags[@]}" -I"$include" -shared -Wl,-soname,libcuda.so.1 -o "$out/libcuda.so.1" "${objects[@]}" "$here/emulator.cpp" "$here/libcuda.cpp" -ldl -lpthread
