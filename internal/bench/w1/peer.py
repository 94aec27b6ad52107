"""Keras 3 on JAX training the model of model.hcl; prints the mean seconds of a step, an epoch a line.

The first epoch, which compiles, is left out. THREADS=1 pins the process to one core.
"""
import os

os.environ["KERAS_BACKEND"] = "jax"
threads = int(os.environ.get("THREADS", "2"))
if threads == 1:
    os.sched_setaffinity(0, {0})
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
import time

import keras
import numpy as np
from keras import layers

data = np.load("data.npz")
model = keras.Sequential([keras.Input((784,)), layers.Dense(512, "relu"), layers.Dropout(0.2), layers.Dense(512, "relu"), layers.Dropout(0.2), layers.Dense(10)])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
steps = len(data["x"]) // 128


class Times(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        if epoch > 0:
            print((time.perf_counter() - self.start) / steps)


model.fit(data["x"], data["y"], batch_size=128, epochs=4, verbose=0, shuffle=False, callbacks=[Times()])
