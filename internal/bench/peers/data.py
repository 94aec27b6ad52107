"""Writes data.npz, or data.csv, for a workload, from a fixed seed: python data.py WORKLOAD ROWS [NAME=NUMBER ...]"""
import sys

import numpy as np

workload, variant, n = sys.argv[1], "", int(sys.argv[2])
settings = {k: int(v) for k, v in (a.split("=") for a in sys.argv[3:])}
ranks = {"conv1d": 1, "conv2d": 2, "conv3d": 3, "depthwise": 2}
if workload not in ranks and workload != "csv":
    workload, variant = workload[:2], workload[2:]  # the variants of w4 have its data
r = np.random.default_rng(0)
if workload in ranks:
    x, y = r.standard_normal((n, *[settings["size"]] * ranks[workload], settings["channels"]), np.float32), r.integers(0, 10, n)
elif workload == "w1":
    x, y = r.random((n, 784), np.float32), r.integers(0, 10, n)
elif workload == "w8":
    x, y = r.integers(0, 256, (n, 784)).astype("uint8"), r.integers(0, 10, n)
elif workload in ("w2", "w3"):
    x, y = r.random((n, 32, 32, 3), np.float32), r.integers(0, 10, n)
elif workload == "w4":
    x, y = r.integers(0, 20000, (n, 200)).astype("int32"), r.integers(0, 2, (n, 1))
elif workload == "w5" and variant:
    x, y = r.standard_normal({"vit": (n, 197, 192), "enc": (n, 77, 240)}[variant], np.float32), r.integers(0, 10, n)
elif workload == "w5":
    t = r.integers(0, 256, (n, 129)).astype("int32")
    x, y = t[:, :-1], t[:, 1:]
elif workload == "w6":
    x, y = r.standard_normal((n, 28), np.float32), r.integers(0, 2, (n, 1))
elif workload == "csv":
    import pyarrow as pa
    import pyarrow.csv as pc
    x = r.standard_normal((n, 28), np.float32)
    table = {f"f{i}": x[:, i] for i in range(28)} | {"label": (x @ r.standard_normal(28, np.float32) > 0).astype("int8")}
    pc.write_csv(pa.table(table), "data.csv")
    sys.exit()
elif workload == "w7":
    x, y = r.integers(0, 256, (n, 32, 32, 3)).astype("uint8"), r.integers(0, 10, n)
else:
    raise SystemExit("there is no workload " + workload)
np.savez("data.npz", x=x, y=y.astype("float32" if workload in ("w4", "w6") else "int32"))
