"""Crops, flips and normalises the images of data.npz: PEER=torch-images|tf-data-images python images_peer.py w7 BATCH epoch

Prints the seconds of each of three epochs. Both work on whole batches, with a place and a flip drawn for each image, the fastest way they have.
"""
import os
import time

peer, threads = os.environ["PEER"], int(os.environ.get("THREADS", "2"))
if threads == 1:
    os.sched_setaffinity(0, {0})
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import sys

import numpy as np

batch = int(sys.argv[2])
data = np.load("data.npz")
x, y = data["x"], data["y"]
mean, deviation = np.float32([.4914, .4822, .4465]), np.float32([.2470, .2435, .2616])
if peer == "torch-images":
    import torch
    import torch.nn.functional as F
    torch.set_num_threads(threads)
    m, s = torch.tensor(mean).view(3, 1, 1), torch.tensor(deviation).view(3, 1, 1)
    images = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous()

    def epoch():
        order, span = torch.randperm(len(images)), torch.arange(32)
        for k in range(0, len(images), batch):
            i = F.pad(images[order[k:k + batch]], (4, 4, 4, 4))
            b = len(i)
            rows, cols = torch.randint(0, 9, (b, 1)) + span, torch.randint(0, 9, (b, 1)) + span
            cols = torch.where(torch.rand(b, 1) < .5, cols.flip(1), cols)
            i = i[torch.arange(b)[:, None, None], :, rows[:, :, None], cols[:, None, :]]
            i.permute(0, 3, 1, 2).float().div_(255).sub_(m).div_(s).contiguous()
elif peer == "tf-data-images":
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)

    def augment(i, label):
        n = tf.shape(i)[0]
        i = tf.pad((tf.cast(i, tf.float32) / 255 - mean) / deviation, [[0, 0], [4, 4], [4, 4], [0, 0]])
        top, left = tf.random.uniform([n], 0, 9, tf.int32), tf.random.uniform([n], 0, 9, tf.int32)
        rows, cols = top[:, None] + tf.range(32), left[:, None] + tf.range(32)
        cols = tf.where(tf.random.uniform([n, 1]) < .5, cols[:, ::-1], cols)
        return tf.gather(tf.gather(i, rows, batch_dims=1), tf.tile(cols[:, None], [1, 32, 1]), batch_dims=2), label
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(batch).map(augment, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def epoch():
        for _ in batches:
            pass
else:
    raise SystemExit("no augmentation of images: " + peer)

epoch()
for _ in range(3):
    start = time.perf_counter()
    epoch()
    print(time.perf_counter() - start)
