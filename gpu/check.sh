#!/usr/bin/env bash
# Checks everything about the GPU: builds with CUDA, vets both builds, and tests the executor and the trainer.
#
# usage: gpu/check.sh [-emulated] [DIR]
#
# With -emulated, or where there is no GPU, tests run on the emulated one; then on several orders of threads. DIR keeps what is installed and
# built; by default it is .cache/dlrun-gpu in the home folder. Exit status 3 says that something is missing which a build with CUDA needs.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
emulated=
[ "${1:-}" = -emulated ] && emulated=1 && shift
dir=${1:-$HOME/.cache/dlrun-gpu}

environment=$(gpu/toolkit.sh "$dir")
eval "$environment"
nvrtc=$(find "${CUDA_HOME:-$dir}" -name 'libnvrtc.so.1?' 2>/dev/null | head -1)
ptxas=$(find "${CUDA_HOME:-$dir}" -name ptxas -type f 2>/dev/null | head -1)
echo "== PTX is what the sources make"
if [ -n "$nvrtc" ]; then
  python3 gpu/kernels/generate.py -check ${ptxas:+-ptxas "$ptxas"} "$nvrtc"
else
  echo "skipped: NVRTC is not there"
fi

echo "== go vet -tags nvidia"
go vet -tags nvidia ./gpu/... ./internal/train ./cmd/dlrun

binary=$(mktemp -d)
trap 'rm -rf "$binary"' EXIT
go build -tags nvidia -o "$binary/dlrun" ./cmd/dlrun
echo "== the program starts without a driver, and says so"
DLRUN_LIBCUDA=/nowhere/libcuda.so.1 "$binary/dlrun" doctor | grep 'device cuda.*no driver'

test_all() { go test -tags nvidia -count=1 "$@" ./gpu/... ./internal/train -run "${run:-.}"; }
if [ -z "$emulated" ] && "$binary/dlrun" doctor | grep -q '^device cuda:0'; then
  "$binary/dlrun" doctor | grep '^device'
  echo "== tests on this GPU"
  run='Device|Across|Ops|Kernel' test_all
  if command -v compute-sanitizer >/dev/null; then
    go test -tags nvidia -c -o "$binary/cuda.test" ./gpu/cuda
    for tool in memcheck racecheck; do
      echo "== compute-sanitizer $tool"
      compute-sanitizer --tool $tool --error-exitcode 1 "$binary/cuda.test" -test.run 'TestOps/(dense|softmax|reduce|crossentropy)'
    done
  fi
  exit 0
fi

command -v g++ >/dev/null || { echo "there is no g++ to build the emulated GPU with" >&2; exit 3; }
echo "== the emulated GPU"
gpu/emulator/build.sh "${CUDA_HOME:-$dir/nvidia/cuda_runtime}/include" "$dir/emulated"
export DLRUN_LIBCUDA=$dir/emulated/libcuda.so.1
"$binary/dlrun" doctor | grep '^device cuda:0'
run='Device|Across|Ops|Kernel|Mutants' test_all
for order in 1 2; do
  echo "== threads in another order: $order"
  CUDA_ORDER=$order go test -tags nvidia -count=1 ./gpu/cuda -run 'TestOps/(dense|softmax|reduce|crossentropy|dropout|norm|batch|layer|attention|lstm|gru|pool)'
done
