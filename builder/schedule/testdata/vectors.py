"""Writes vectors.json: learning rates as Keras 3.15.1 computes them on JAX.

    KERAS_BACKEND=jax python3 vectors.py > vectors.json
"""
import json
import re
import sys

import keras

cases = []


def case(cls, at, **args):
    s = getattr(keras.optimizers.schedules, cls)(**args)
    cases.append({
        "schedule": keras.src.utils.naming.to_snake_case(cls),
        "args": "\n".join(f"{k} = {json.dumps(v)}" for k, v in args.items()),
        "at": at, "want": [float(s(i)) for i in at],
    })


steps = [0, 1, 2, 9, 10, 11, 19, 20, 25, 30, 33, 60, 100, 101]
for stair in [False, True]:
    case("ExponentialDecay", steps, initial_learning_rate=0.1, decay_steps=10, decay_rate=0.96, staircase=stair)
    case("InverseTimeDecay", steps, initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5, staircase=stair)
case("PiecewiseConstantDecay", steps, boundaries=[1, 10, 20], values=[1.0, 0.5, 0.25, 0.125])
case("PolynomialDecay", steps, initial_learning_rate=0.1, decay_steps=30)
case("PolynomialDecay", steps, initial_learning_rate=0.1, decay_steps=10, end_learning_rate=0.01, power=0.5, cycle=True)
case("CosineDecay", steps, initial_learning_rate=0.1, decay_steps=30)
case("CosineDecay", steps, initial_learning_rate=0.1, decay_steps=30, alpha=0.25, warmup_steps=10)
case("CosineDecay", steps, initial_learning_rate=0.0, decay_steps=30, alpha=0.25, warmup_target=0.5, warmup_steps=10)
case("CosineDecay", steps, initial_learning_rate=0.1, decay_steps=30, warmup_target=0.5)
case("CosineDecayRestarts", steps, initial_learning_rate=0.1, first_decay_steps=10)
case("CosineDecayRestarts", steps, initial_learning_rate=0.1, first_decay_steps=10, t_mul=1.5, m_mul=0.75, alpha=0.1)
case("CosineDecayRestarts", steps, initial_learning_rate=0.1, first_decay_steps=16, t_mul=1.0, m_mul=0.75)

text = json.dumps(cases, indent=1)
text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m.group().split()), text)
sys.stdout.write(text + "\n")
