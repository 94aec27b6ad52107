"""Writes vectors.json: learning rates as Keras 3.15.1 computes them on JAX.

    KERAS_BACKEND=jax python3 vectors.py > vectors.json
"""
import json
import math
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


def other(schedule, at, rate, **args):
    """A schedule that is not Keras': rate(step)."""
    cases.append({"schedule": schedule, "args": "\n".join(f"{k} = {json.dumps(v)}" for k, v in args.items()), "at": at, "want": [rate(i) for i in at]})


def one_cycle(total, **args):
    """As torch 2's OneCycleLR, torch.optim.lr_scheduler: _get_steps, get_lr."""
    names = {"max_lr": "max_learning_rate"}
    peak, start, linear = args["max_lr"], args.get("pct_start", 0.3), args.get("anneal_strategy") == "linear"
    first = peak / args.get("div_factor", 25.0)
    final = first / args.get("final_div_factor", 1e4)
    ends = [(start * total - 1, first, peak), (total - 1, peak, final)]
    if args.get("three_phase"):
        ends = [(start * total - 1, first, peak), (2 * start * total - 2, peak, first), (total - 1, first, final)]

    def rate(step):
        step, begin = min(step, total - 1), 0
        for i, (end, a, b) in enumerate(ends):
            if step <= end or i == len(ends) - 1:
                p = (step - begin) / (end - begin)
                return a + (b - a) * p if linear else b + (a - b) / 2 * (1 + math.cos(math.pi * p))
            begin = end

    other("one_cycle", steps, rate, total_steps=total, **{names.get(k, k): v for k, v in args.items()})


one_cycle(60, max_lr=0.1)
one_cycle(100, max_lr=0.1, pct_start=0.1, anneal_strategy="linear", div_factor=10.0, final_div_factor=100.0)
one_cycle(60, max_lr=0.1, pct_start=0.4, three_phase=True)


def wsd(rate, warmup, stable, decay, rise="linear", fall="cosine", least=0.0):
    """As transformers' get_wsd_schedule, optimization.py: _get_wsd_scheduler_lambda."""

    def at(step):
        if step < warmup:
            p = step / warmup
            f = {"linear": p, "cosine": 0.5 * (1 - math.cos(math.pi * p)), "1-sqrt": 1 - math.sqrt(1 - p)}[rise]
        elif step < warmup + stable:
            return rate
        elif step < warmup + stable + decay:
            p = (step - warmup - stable) / decay
            f = {"linear": 1 - p, "cosine": 0.5 * (1 + math.cos(math.pi * p)), "1-sqrt": 1 - math.sqrt(p)}[fall]
        else:
            return rate * least
        return rate * (f * (1 - least) + least)

    other("warmup_stable_decay", steps, at, learning_rate=rate, warmup_steps=warmup, stable_steps=stable, decay_steps=decay, warmup_type=rise, decay_type=fall, min_lr_ratio=least)


wsd(0.1, 10, 20, 30)
wsd(0.1, 20, 5, 40, "cosine", "linear", 0.1)
wsd(0.1, 10, 15, 10, "1-sqrt", "1-sqrt", 0.25)
wsd(0.1, 0, 10, 0)

text = json.dumps(cases, indent=1)
text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m.group().split()), text)
sys.stdout.write(text + "\n")
