"""Keras 3 on a workload's data.npz: python keras_peer.py WORKLOAD BATCH step|epoch|predict|cold

step and epoch print mean seconds, an epoch a line; the first epoch, which compiles, is left out. predict prints the seconds of calls
of the compiled prediction on random data. On a GPU it is where the backend finds one; PRECISION=bf16 sets Keras' policy. cold trains one epoch and prints nothing. The backend is KERAS_BACKEND's. With THREADS=1 the
process keeps to one core.
"""
import os
import sys

threads = int(os.environ.get("THREADS", "2"))
os.environ["OMP_NUM_THREADS"] = str(threads)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if threads == 1:
    os.sched_setaffinity(0, {0})
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
import time

import keras

if os.environ.get("PRECISION") == "bf16":
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
import numpy as np
from keras import layers

workload, variant, batch, what = sys.argv[1][:2], sys.argv[1][2:], int(sys.argv[2]), sys.argv[3]


def unit(x, filters, strides=1, relu=True):
    x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x) if relu else x


def resnet20():
    inputs = keras.Input((32, 32, 3))
    x = unit(inputs, 16)
    for stage, filters in enumerate((16, 32, 64)):
        for block in range(3):
            strides = 2 if stage and not block else 1
            h = unit(unit(x, filters, strides), filters, relu=False)
            if strides != 1:
                x = layers.BatchNormalization()(layers.Conv2D(filters, 1, strides=2, padding="same", use_bias=False)(x))
            x = layers.ReLU()(layers.Add()([x, h]))
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


class Position(layers.Layer):
    def build(self, shape):
        self.table = self.add_weight(shape=shape[1:], initializer="uniform", name="table")

    def call(self, x):
        return x + self.table


def gpt():
    inputs = keras.Input((128,), dtype="int32")
    x = Position()(layers.Embedding(256, 128)(inputs))
    for _ in range(4):
        h = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(4, 32)(h, h, use_causal_mask=True)
        h = layers.LayerNormalization()(x)
        x = x + layers.Dense(128)(layers.Dense(512, "gelu")(h))
    return keras.Model(inputs, layers.Dense(256)(layers.LayerNormalization()(x)))


def encoder(steps, width, heads, first, approximate):
    inputs = x = keras.Input((steps, width))
    norm, add = lambda h: layers.LayerNormalization()(h), lambda x, h: layers.Add()([x, h])
    attend = lambda h: layers.MultiHeadAttention(heads, width // heads)(h, h)
    mlp = lambda h: layers.Dense(width)(layers.Activation(lambda z: keras.activations.gelu(z, approximate))(layers.Dense(4 * width)(h)))
    for _ in range(4):
        for inner in (attend, mlp):
            x = add(x, inner(norm(x))) if first else norm(add(x, inner(x)))
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling1D()(norm(x) if first else x)))


recurrent = {
    "": lambda: [layers.LSTM(128)], "gru": lambda: [layers.GRU(128)], "rnn": lambda: [layers.SimpleRNN(128)],
    "bi": lambda: [layers.Bidirectional(layers.LSTM(64, return_sequences=True)), layers.Bidirectional(layers.LSTM(64))],
}
models = {
    "w1": lambda: keras.Sequential([keras.Input((784,)), layers.Dense(512, "relu"), layers.Dropout(0.2), layers.Dense(512, "relu"), layers.Dropout(0.2), layers.Dense(10)]),
    "w2": lambda: keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(64, 3, activation="relu"),
                                    layers.MaxPooling2D(), layers.Flatten(), layers.Dense(128, "relu"), layers.Dense(10)]),
    "w3": resnet20,
    "w4": lambda: keras.Sequential([keras.Input((200,), dtype="int32"), layers.Embedding(20000, 128), *recurrent[variant](), layers.Dense(1, activation="sigmoid")]),
    "w5": {"vit": lambda: encoder(197, 192, 3, True, False), "enc": lambda: encoder(77, 240, 6, False, True)}.get(variant, gpt),
    "w6": lambda: keras.Sequential([keras.Input((28,)), layers.Dense(256, "relu"), layers.Dense(256, "relu"), layers.Dense(1, activation="sigmoid")]),
}
models["w8"] = models["w1"]
loss = "binary_crossentropy" if workload in ("w4", "w6") else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = {"w3": keras.optimizers.SGD(0.1, momentum=0.9), "w5": keras.optimizers.AdamW(1e-3)}.get(workload, keras.optimizers.Adam(1e-3))
model = models[workload]()
model.compile(optimizer=optimizer, loss=loss)


def predict():
    """Prints the seconds of calls, the values as NumPy arrays before and after."""
    specs = {"w1": (784,), "w2": (32, 32, 3), "w3": (32, 32, 3), "w4": (200,), "w5": (128,), "w5vit": (197, 192), "w5enc": (77, 240), "w6": (28,)}
    shape = (batch,) + specs.get(workload + variant, specs[workload])
    r = np.random.default_rng(0)
    x = r.integers(0, 256, shape).astype("int32") if workload == "w4" or workload + variant == "w5" else r.random(shape, np.float32)
    if keras.config.backend() == "jax":
        import jax

        weights, state = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
        call = jax.jit(lambda w, s, x: model.stateless_call(w, s, x, training=False)[0])
        run = lambda: np.asarray(call(weights, state, x))
    else:
        import tensorflow as tf

        call = tf.function(lambda x: model(x, training=False), jit_compile=os.environ.get("JIT") == "1")
        run = lambda: call(tf.constant(x)).numpy()
    for _ in range(5):
        run()
    begin = time.perf_counter()
    while time.perf_counter() - begin < 2:
        start = time.perf_counter()
        run()
        print(time.perf_counter() - start)


if what == "predict":
    predict()
    raise SystemExit
data = np.load("data.npz")
x, y = data["x"], data["y"]
if x.dtype == np.uint8:
    x = x.astype(np.float32) / 255
if what == "cold":
    model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
    raise SystemExit
steps = len(x) // batch if what == "step" else 1


class Times(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        if epoch:
            print((time.perf_counter() - self.start) / steps)


model.fit(x, y, batch_size=batch, epochs=4, verbose=0, shuffle=False, callbacks=[Times()])
