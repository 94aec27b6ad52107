#!/usr/bin/env bash
# Builds the emulated driver: the kernels, the emulator and libcuda.cpp in one libcuda.so.1, and libcublasLt.so.12.
#
# usage: build.sh INCLUDE OUT [FLAG...]
#
# INCLUDE is the folder of cuda.h; OUT gets libcuda.so.1. Flags go to g++. Files of OUT that are newer than their sources are kept.
set -euo pipefail
include=$1 out=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
flags=(-std=c++17 -O2 -ffp-contract=fast -fno-strict-aliasing -fPIC -Wall -Wno-unknown-pragmas -Wno-unused-function -I"$here" -I"$here/../kernels" "$@")

# wrap writes a kernel file as g++ reads it: in a namespace of its own, with the list of its kernels.
wrap() {
  echo '#include "cuda_emulated.h"'
  echo "namespace emulated_$(basename "$1" .cu) {"
  echo "#include \"$1\""
  grep -oE 'extern "C" __global__ void (__launch_bounds__\([^)]*\) )?[A-Za-z_0-9]+' "$1" | awk '{print "EMULATED_KERNEL(" $NF ")"}'
  echo "}"
}

# needs lists the headers that a file includes, and those that these include.
needs() {
  local h
  for h in $(grep -oE '^#include "[a-z_]+\.h"' "$1" | cut -d'"' -f2 | grep -vx cuda_emulated.h); do
    echo "$here/../kernels/$h"
    needs "$here/../kernels/$h"
  done
}

# stale tells whether an object is older than what it is made of.
stale() {
  local f
  for f in "$2" "$here/cuda_emulated.h" $(needs "$2" | sort -u); do
    [ "$1" -nt "$f" ] || return 0
  done
  return 1
}

for cu in "$here"/../kernels/*.cu; do
  o=$out/$(basename "$cu" .cu).o
  if stale "$o" "$cu"; then
    wrap "$cu" >"${o%.o}.gen.cpp"
    echo "${o%.o}"
  fi
done | xargs -r -P 2 -I{} g++ "${flags[@]}" -c {}.gen.cpp -o {}.o
objects=()
for cu in "$here"/../kernels/*.cu; do
  objects+=("$out/$(basename "$cu" .cu).o")
done
g++ "${flags[@]}" -I"$include" -shared -Wl,-soname,libcuda.so.1 -o "$out/libcuda.so.1" "${objects[@]}" "$here/emulator.cpp" "$here/libcuda.cpp" -ldl -lpthread
# What it calls of the emulated driver it finds in the process.
g++ "${flags[@]}" -I"$include" -shared -Wl,-soname,libcublasLt.so.12 -o "$out/libcublasLt.so.12" "$here/libcublaslt.cpp"
