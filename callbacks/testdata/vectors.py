"""Writes vectors.json: what Keras 3.15.1's callbacks do on sequences of numbers.

    KERAS_BACKEND=jax python3 vectors.py > vectors.json
"""
import json
import math
import re
import sys

import numpy as np
import keras

rng = np.random.default_rng(11)


class Model:
    """As much of a model as the callbacks look at."""

    def __init__(self):
        self.stop_training = False
        self.epoch = None
        self.restored = None
        self.optimizer = keras.optimizers.SGD(0.5)
        self.saved = []

    def get_weights(self):
        return self.epoch

    def set_weights(self, w):
        self.restored = w

    def save(self, path, overwrite):
        self.saved.append(path)

    save_weights = save


def plain(x):
    """JSON has no NaN."""
    return "NaN" if math.isnan(x) else x


def run(cls, name, values, steps=0, **args):
    m = Model()
    c = getattr(keras.callbacks, cls)(**args)
    c.set_model(m)
    c.on_train_begin()
    rates, stopped = [], None
    for e, v in enumerate(values):
        m.epoch = e
        c.on_epoch_begin(e)
        for b in range(steps):
            c.on_train_batch_end(b, {"loss": v})
        logs = {"loss": v}
        c.on_epoch_end(e, logs)
        rates.append(float(m.optimizer.learning_rate.numpy()))
        if m.stop_training:
            stopped = e
            break
    c.on_train_end()
    return {
        "callback": name,
        "args": "\n".join(f"{k} = {json.dumps(v)}" for k, v in args.items()).replace(".keras", ".dlrun"),
        "values": [plain(v) for v in values], "steps": steps,
        "stopped": stopped, "restored": m.restored, "rates": rates,
        "saved": [s.replace(".keras", ".dlrun") for s in m.saved],
    }


def sequence(n):
    v = [float(np.float32(x)) for x in np.round(rng.uniform(0, 1, n), 1)]
    if rng.integers(4) == 0:
        v[rng.integers(n)] = float("nan")
    return v


def pick(*of):
    return of[rng.integers(len(of))]


cases = []
for _ in range(60):
    cases.append(run("EarlyStopping", "early_stopping", sequence(12), monitor="loss", mode=pick("min", "max", "auto"), patience=pick(0, 1, 2, 3),
                     min_delta=pick(0.0, 0.1, 0.15, -0.1), restore_best_weights=pick(True, False), start_from_epoch=pick(0, 0, 2),
                     **pick({}, {}, {"baseline": 0.3})))
for _ in range(60):
    cases.append(run("ReduceLROnPlateau", "reduce_lr_on_plateau", sequence(20), monitor="loss", mode=pick("min", "max", "auto"), patience=pick(0, 1, 2, 3),
                     factor=pick(0.1, 0.5), min_delta=pick(0.0001, 0.1), cooldown=pick(0, 1, 3), min_lr=pick(0.0, 0.01, 0.1)))
for _ in range(60):
    cases.append(run("ModelCheckpoint", "model_checkpoint", [v for v in sequence(10) if v == v], monitor="loss", mode=pick("min", "max"),
                     save_best_only=pick(True, False), filepath=pick("m.keras", "m-{epoch:03d}-{loss:.2f}.keras", "{epoch}.keras"),
                     **pick({}, {"initial_value_threshold": 0.5})))
for _ in range(10):
    cases.append(run("ModelCheckpoint", "model_checkpoint", sequence(4)[:3], steps=5, monitor="loss", mode="min",
                     filepath="m-{epoch:02d}-{batch:02d}.keras", save_freq=pick(1, 2, 3, 7)))

text = json.dumps(cases, indent=1)
text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m.group().split()), text)
sys.stdout.write(text + "\n")
