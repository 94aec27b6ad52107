#!/usr/bin/env bash
# Checks everything about the GPU: builds with CUDA, vets that build, and tests the executor and the trainer; on a real one it measures too.
#
# usage: gpu/check.sh [-emulated] [DIR]
#
# With -emulated, or where there is no GPU, tests run on the emulated one, in several orders of threads. DIR keeps what is installed and built;
# by default it is .cache/dlrun-gpu in the home folder. On a GPU, PYTHON names an interpreter for the benchmark, with numpy and the peers that
# PEERS lists (torch, torch-compile, keras-jax). Exit status 3 says that something is missing which a build with CUDA needs.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
emulated=
[ "${1:-}" = -emulated ] && emulated=1 && shift
dir=${1:-$HOME/.cache/dlrun-gpu}

environment=$(gpu/toolkit.sh "$dir")
eval "$environment"
export GOFLAGS="-trimpath $GOFLAGS"
binary=$(mktemp -d)
trap 'rm -rf "$binary"' EXIT
started=$SECONDS
say() { echo "== $* ($((SECONDS - started)) s)"; }

nvrtc=$(find "${CUDA_HOME:-$dir}" -name 'libnvrtc.so.1?' 2>/dev/null | head -1)
ptxas=$(find "${CUDA_HOME:-$dir}" -name ptxas -type f 2>/dev/null | head -1)
check_ptx() {
  if [ -n "$nvrtc" ]; then
    python3 gpu/kernels/generate.py -check ${ptxas:+-ptxas "$ptxas"} "$nvrtc"
  else
    echo "skipped: NVRTC is not there"
  fi
}
# Beside what is built: it takes a core of its own.
check_ptx >"$binary/ptx" 2>&1 &
ptx=$!

say "go vet -tags cuda"
go vet -tags cuda ./gpu/... ./internal/train ./cmd/dlrun
say "builds"
go build -tags cuda -o "$binary/dlrun" ./cmd/dlrun
go test -tags cuda -c -o "$binary/cuda.test" ./gpu/cuda
go test -tags cuda -c -o "$binary/train.test" ./internal/train
say "PTX is what the sources make"
wait $ptx || { cat "$binary/ptx"; exit 1; }
cat "$binary/ptx"
say "the program starts without a driver, and says so"
DLRUN_LIBCUDA=/nowhere/libcuda.so.1 "$binary/dlrun" doctor | grep 'device cuda.*no driver'

# The tests run where their packages lie, as go test would have them.
ops() { (cd gpu/cuda && "$binary/cuda.test" -test.run "$1"); }
trainer() { (cd internal/train && "$binary/train.test" -test.run 'Device|Across'); }
go test -tags cuda -count=1 ./gpu

if [ -z "$emulated" ] && "$binary/dlrun" doctor | grep -q '^device cuda:0'; then
  "$binary/dlrun" doctor | grep '^device'
  say "tests on this GPU"
  ops .
  DLRUN_LIBCUBLASLT=none ops 'Device|TestOps/(dense|matmul)'
  trainer
  if command -v compute-sanitizer >/dev/null; then
    for tool in memcheck racecheck; do
      say "compute-sanitizer $tool"
      compute-sanitizer --tool $tool --error-exitcode 1 "$binary/cuda.test" -test.run 'TestOps/(dense|conv|softmax|reduce|crossentropy|lstm|attention|sort|ctc)|DevicePrecision'
    done
  else
    echo "skipped: compute-sanitizer is not there"
  fi
  python=${PYTHON:-python3}
  if "$python" -c 'import numpy' 2>/dev/null; then
    peers=${PEERS-$("$python" -c 'import importlib.util as u
print(",".join((["torch", "torch-compile"] if u.find_spec("torch") else []) + (["keras-jax"] if u.find_spec("keras") and u.find_spec("jax") else [])))')}
    for precision in float32 tf32 bf16; do
      say "training steps in $precision beside: ${peers:-nobody}"
      echo "| $("$binary/dlrun" doctor | sed -n 's/^device cuda:0 *//p') | dlrun | best peer | ratio | others |"
      echo "| --- | --- | --- | --- | --- |"
      CGO_ENABLED=0 go run ./internal/bench -dlrun "$binary/dlrun" -python "$python" -peers "$peers" -device cuda -precision $precision -markdown \
        w1:128 w2:32 w2:512 w3:128 w3:1024 w4:32 w4:512 w5:16 w5:128
    done
  else
    echo "skipped: the benchmark needs numpy in $python"
  fi
  exit 0
fi

command -v g++ >/dev/null || { echo "there is no g++ to build the emulated GPU with" >&2; exit 3; }
say "the emulated GPU"
gpu/emulator/build.sh "${CUDA_HOME:-$dir/nvidia/cuda_runtime}/include" "$dir/emulated"
export DLRUN_LIBCUDA=$dir/emulated/libcuda.so.1 DLRUN_LIBCUBLASLT=none
"$binary/dlrun" doctor | grep '^device cuda:0'
say "every operation, and the trainer beside it"
trainer >"$binary/trainer" 2>&1 &
beside=$!
ops .
wait $beside || { cat "$binary/trainer"; exit 1; }
say "products by the library, and threads in other orders"
library() {
  export DLRUN_LIBCUBLASLT=$dir/emulated/libcublasLt.so.12
  "$binary/dlrun" doctor | grep '^device cuda:0.*cuBLASLt' && ops 'Device|TestOps/(dense|matmul|lstm|gru)' && trainer
}
library >"$binary/library" 2>&1 &
beside=$!
for order in 1 2; do
  CUDA_ORDER=$order ops 'TestOps/(dense/(relu|long|plain)|softmax|reduce|crossentropy|dropout|layer_norm|attention|additive|sparsemax|argreduce|sort|ctc|circle|lamb|adafactor|max_pool)|DevicePrecision/(dense|nn|conv$)'
done
wait $beside || { cat "$binary/library"; exit 1; }
say "the emulator finds mistakes"
CUDA_TEST=$binary/cuda.test go test -tags cuda -count=1 ./gpu/emulator/mutants
if python3 -c 'import numpy' 2>/dev/null; then
  say "the benchmark's half that is dlrun's"
  CGO_ENABLED=0 go run ./internal/bench -dlrun "$binary/dlrun" -python python3 -peers "" -rounds 1 -device cuda -precision bf16 -markdown w6:2
else
  echo "skipped: the benchmark needs numpy"
fi
say "done"
