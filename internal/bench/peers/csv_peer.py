"""Reads, parses and standardises data.csv: PEER=pandas|pyarrow|tf-data python csv_peer.py csv BATCH read

Prints the seconds of each of three times. The types are told beforehand, which is faster than to let them be found out.
"""
import os
import time

peer, threads = os.environ["PEER"], int(os.environ.get("THREADS", "2"))
if threads == 1:
    os.sched_setaffinity(0, {0})
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np

columns = [f"f{i}" for i in range(28)]
if peer == "pandas":
    import pandas as pd

    def read():
        d = pd.read_csv("data.csv", dtype={k: "float32" for k in columns})
        return d[columns].to_numpy(), d["label"].to_numpy()
elif peer == "pyarrow":
    import pyarrow as pa
    import pyarrow.csv as pc
    pa.set_cpu_count(threads)
    options = pc.ConvertOptions(column_types={k: pa.float32() for k in columns})

    def read():
        t = pc.read_csv("data.csv", convert_options=options)
        return np.stack([t[k].to_numpy() for k in columns], 1), t["label"].to_numpy()
elif peer == "tf-data":
    import tensorflow as tf
    auto = tf.data.AUTOTUNE

    def read():
        d = tf.data.TextLineDataset("data.csv").skip(1).batch(1024).map(lambda l: tf.io.decode_csv(l, [0.0] * 29), num_parallel_calls=auto)
        d = d.map(lambda *v: (tf.stack(v[:28], 1), v[28]), num_parallel_calls=auto).prefetch(8)
        x, y = zip(*d.as_numpy_iterator())
        return np.concatenate(x), np.concatenate(y)
else:
    raise SystemExit("no reader of csv: " + peer)

for _ in range(3 if peer != "tf-data" else 1):
    start = time.perf_counter()
    x, y = read()
    x = (x - x.mean(0)) / x.std(0)
    print(time.perf_counter() - start)
    assert x.dtype == np.float32 and x.shape == (len(y), 28)
