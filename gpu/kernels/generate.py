#!/usr/bin/env python3
"""Compiles every .cu file of this folder to the .ptx beside it, for compute_80, with NVRTC.

usage: generate.py [-check] [-ptxas PATH] LIBNVRTC

LIBNVRTC is libnvrtc.so.12 (PyPI nvidia-cuda-nvrtc-cu12). -check compares with the files that are there and changes nothing.
With -ptxas each file is assembled for sm_80 and sm_90 as well; a kernel that spills registers, or takes more shared memory than
a block may have, is an error.
"""
import argparse, ctypes, pathlib, re, subprocess, sys, tempfile

ap = argparse.ArgumentParser()
ap.add_argument("-check", action="store_true")
ap.add_argument("-ptxas")
ap.add_argument("nvrtc")
args = ap.parse_args()
here = pathlib.Path(__file__).parent
lib = ctypes.CDLL(args.nvrtc)


def compile_ptx(path):
    text = path.read_bytes()
    headers = sorted(here.glob("*.h"))
    sources = (ctypes.c_char_p * len(headers))(*[h.read_bytes() for h in headers])
    names = (ctypes.c_char_p * len(headers))(*[h.name.encode() for h in headers])
    prog = ctypes.c_void_p()
    if lib.nvrtcCreateProgram(ctypes.byref(prog), text, path.name.encode(), len(headers), sources, names):
        sys.exit("nvrtcCreateProgram failed")
    opts = [b"--gpu-architecture=compute_80", b"--std=c++17", b"--fmad=true"]
    rc = lib.nvrtcCompileProgram(prog, len(opts), (ctypes.c_char_p * len(opts))(*opts))
    n = ctypes.c_size_t()
    lib.nvrtcGetProgramLogSize(prog, ctypes.byref(n))
    log = ctypes.create_string_buffer(n.value)
    lib.nvrtcGetProgramLog(prog, log)
    if rc:
        sys.exit(f"{path.name}:\n{log.value.decode()}")
    lib.nvrtcGetPTXSize(prog, ctypes.byref(n))
    ptx = ctypes.create_string_buffer(n.value)
    lib.nvrtcGetPTX(prog, ptx)
    # Drivers refuse a PTX version newer than they are; these kernels need nothing newer than 7.0.
    out = re.sub(r"(?m)^\.version .*$", ".version 7.0", ptx.value.decode())
    out = re.sub(r'(?m)^\s*\.pragma "used_bytes_mask[^\n]*\n', "", out)  # a hint of version 8.3's
    # What names the compiler's build changes with each release and says nothing.
    return re.sub(r"(?m)^//.*\n", "", out).strip() + "\n"


def assemble(name, ptx):
    with tempfile.TemporaryDirectory() as d:
        src = pathlib.Path(d) / "k.ptx"
        src.write_text(ptx)
        for arch in ("sm_80", "sm_90"):
            r = subprocess.run([args.ptxas, "-v", "-arch=" + arch, str(src), "-o", str(pathlib.Path(d) / "k.cubin")], capture_output=True, text=True)
            if r.returncode:
                sys.exit(f"{name}: ptxas {arch}:\n{r.stderr}")
            entry = "?"
            for line in r.stderr.splitlines():
                if m := re.search(r"Compiling entry function '(\w+)'", line):
                    entry = m[1]
                if (m := re.search(r"(\d+) bytes spill stores", line)) and int(m[1]):
                    sys.exit(f"{name}: {entry} spills {m[1]} bytes of registers on {arch}")
                if (m := re.search(r"(\d+) bytes smem", line)) and int(m[1]) > 48 << 10:
                    sys.exit(f"{name}: {entry} takes {m[1]} bytes of shared memory on {arch}")


stale = []
for cu in sorted(here.glob("*.cu")):
    ptx = compile_ptx(cu)
    if args.ptxas:
        assemble(cu.name, ptx)
    out = cu.with_suffix(".ptx")
    if not out.exists() or out.read_text() != ptx:
        stale.append(out.name)
        if not args.check:
            out.write_text(ptx)
print("changed:" if not args.check else "stale:", ", ".join(stale) or "none")
if args.check and stale:
    sys.exit(1)
