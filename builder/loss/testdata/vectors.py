"""Writes vectors.json: losses and their gradients as Keras 3.15.1 computes them on JAX.

    KERAS_BACKEND=jax python3 vectors.py > vectors.json
"""
import json
import re
import sys

import jax
import numpy as np
import keras

rng = np.random.default_rng(7)
cases = []


def hcl(args):
    return "\n".join(f"{k} = {json.dumps(v)}" for k, v in args.items())


def case(cls, y, p, weights=None, slope=True, **args):
    y, p = np.asarray(y), np.asarray(p, "float32")
    loss = getattr(keras.losses, cls)(**args)
    w = None if weights is None else np.asarray(weights, "float32")

    def f(p):
        return loss(y, p, sample_weight=w)

    value, grad = jax.value_and_grad(f)(p)
    name = keras.src.utils.naming.to_snake_case(cls)
    name = {"kl_divergence": "kl_divergence", "kldivergence": "kl_divergence"}.get(name, name)
    cases.append({
        "loss": name, "args": hcl(args),
        "y": y.astype("float64").ravel().tolist(), "y_shape": list(y.shape), "int": y.dtype.kind == "i",
        "p": p.astype("float64").ravel().tolist(), "p_shape": list(p.shape),
        "weights": None if w is None else w.astype("float64").tolist(),
        "want": float(value), "grad": np.asarray(grad, "float64").ravel().tolist() if slope else [],
    })


def uniform(lo, hi, *shape):
    return rng.uniform(lo, hi, shape).astype("float32")


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"]
w4 = [0.5, 2.0, 0.0, 1.25]
for cls in ["MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh", "MeanAbsolutePercentageError", "Hinge", "SquaredHinge"]:
    y, p = uniform(-2, 2, 4, 3), uniform(-2, 2, 4, 3)
    case(cls, y, p)
    for r in REDUCTIONS:
        case(cls, y, p, w4, reduction=r)
    case(cls, uniform(-2, 2, 4), uniform(-2, 2, 4, 1))
    case(cls, uniform(-2, 2, 4, 1), uniform(-2, 2, 4, 1), w4)
    case(cls, uniform(-2, 2, 4, 3), uniform(-2, 2, 4, 3, 1), reduction="sum")
    case(cls, uniform(-2, 2, 2, 3, 4), uniform(-2, 2, 2, 3, 4))
case("Huber", uniform(-2, 2, 4, 3), uniform(-2, 2, 4, 3), delta=0.3)
for cls in ["Hinge", "SquaredHinge"]:
    case(cls, rng.integers(0, 2, (4, 3)).astype("float32"), uniform(-2, 2, 4, 3))
for cls in ["Poisson", "MeanSquaredLogarithmicError", "KLDivergence"]:
    case(cls, uniform(0.1, 1, 4, 3), uniform(0.1, 1, 4, 3))
    case(cls, uniform(0.1, 1, 4, 3), uniform(0.1, 1, 4, 3), w4, reduction="sum")
    case(cls, uniform(0.1, 1, 2, 3, 4), uniform(0.1, 1, 2, 3, 4))

bits = rng.integers(0, 2, (4, 3)).astype("float32")
for s in [0.0, 0.2]:
    case("BinaryCrossentropy", bits, uniform(0, 1, 4, 3), label_smoothing=s)
    case("BinaryCrossentropy", bits, uniform(-5, 5, 4, 3), label_smoothing=s, from_logits=True)
    case("BinaryFocalCrossentropy", bits, uniform(0, 1, 4, 3), label_smoothing=s)
    case("BinaryFocalCrossentropy", bits, uniform(-5, 5, 4, 3), label_smoothing=s, from_logits=True, apply_class_balancing=True, gamma=1.5)
case("BinaryCrossentropy", [1.0, 0, 1, 0], [[1.0], [1.0], [0.0], [1e-9]])
case("BinaryCrossentropy", [1.0, 0, 1, 0], [[40.0], [40.0], [-40.0], [-40.0]], from_logits=True)
case("BinaryCrossentropy", rng.integers(0, 2, (2, 3, 4)).astype("float32"), uniform(0, 1, 2, 3, 4), axis=1)
case("BinaryCrossentropy", bits, uniform(0, 1, 4, 3), w4, reduction="mean_with_sample_weight")

labels = np.array([0, 2, 1, 2], "int32")
onehot = np.eye(3, dtype="float32")[labels]
far = softmax(uniform(-40, 40, 4, 3))
for logits in [False, True]:
    for p in [uniform(0.05, 1, 4, 3), far]:
        for r in REDUCTIONS:
            case("SparseCategoricalCrossentropy", labels, p, w4, from_logits=logits, reduction=r)
            case("CategoricalCrossentropy", onehot, p, w4, from_logits=logits, reduction=r)
        case("SparseCategoricalCrossentropy", labels[:, None], p, from_logits=logits)
        case("SparseCategoricalCrossentropy", labels, p, from_logits=logits, ignore_class=2)
        case("SparseCategoricalCrossentropy", np.where(labels == 2, -1, labels), p, w4, from_logits=logits, ignore_class=-1, reduction="mean_with_sample_weight")
        case("CategoricalCrossentropy", onehot, p, from_logits=logits, label_smoothing=0.1)
        case("CategoricalCrossentropy", uniform(0, 1, 4, 3), p, from_logits=logits)
    t = rng.integers(0, 5, (2, 3)).astype("int32")
    case("SparseCategoricalCrossentropy", t, uniform(0.05, 1, 2, 3, 5), from_logits=logits)
    case("SparseCategoricalCrossentropy", t[..., None], uniform(0.05, 1, 2, 3, 5), from_logits=logits, reduction="sum")
    case("SparseCategoricalCrossentropy", t, uniform(0.05, 1, 2, 3, 5), from_logits=logits, ignore_class=0)
    case("CategoricalCrossentropy", uniform(0, 1, 2, 5, 3), uniform(0.05, 1, 2, 5, 3), from_logits=logits, axis=1)

for cls in ["CosineSimilarity", "CategoricalHinge", "Dice", "Tversky"]:
    y, p = uniform(0, 1, 4, 3), uniform(0, 1, 4, 3)
    for r in REDUCTIONS:
        case(cls, y, p, reduction=r)
        case(cls, y, p, w4, reduction=r)
    case(cls, uniform(-2, 2, 2, 3, 4), uniform(-2, 2, 2, 3, 4), reduction="sum")
case("CosineSimilarity", uniform(-2, 2, 2, 3, 4), uniform(-2, 2, 2, 3, 4), axis=1)
case("CategoricalHinge", onehot, uniform(-2, 2, 4, 3), w4)
case("CategoricalHinge", onehot, np.array([[3, 0, 0], [0, 0, 2], [0.5, 0.25, 0.25], [1, -1, 0]]))
for cls in ["Dice", "Tversky"]:
    y, p = rng.integers(0, 2, (2, 3, 3, 2)).astype("float32"), uniform(0, 1, 2, 3, 3, 2)
    case(cls, y, p)
    case(cls, y, p, [0.5, 1.5], axis=[1, 2, 3])
    case(cls, y, p, axis=[1, 2])
    case(cls, y, p, axis=-1, reduction="sum")
    case(cls, y, p, axis=[0, 1, 2], reduction="sum")
    case(cls, uniform(0, 1, 4), uniform(0, 1, 4, 1))
case("Tversky", y, p, axis=[1, 2, 3], alpha=0.3, beta=0.9)
case("Tversky", y, p, alpha=0.3, beta=0.9)
for logits in [False, True]:
    for p in [uniform(0.05, 1, 4, 3), far]:
        case("CategoricalFocalCrossentropy", onehot, p, from_logits=logits)
        case("CategoricalFocalCrossentropy", onehot, p, w4, from_logits=logits, alpha=0.6, gamma=1.5, label_smoothing=0.1, reduction="sum")
    case("CategoricalFocalCrossentropy", uniform(0, 1, 2, 5, 3), uniform(0.05, 1, 2, 5, 3), from_logits=logits, axis=1, gamma=3.0, label_smoothing=0.1)
case("CategoricalGeneralizedCrossEntropy", labels, softmax(uniform(-2, 2, 4, 3)))
case("CategoricalGeneralizedCrossEntropy", labels, softmax(uniform(-2, 2, 4, 3)), w4, q=0.8, reduction="mean_with_sample_weight")
case("CategoricalGeneralizedCrossEntropy", t, softmax(uniform(-2, 2, 2, 3, 5)), q=0.3)
case("CategoricalCrossentropy", uniform(0, 1, 2, 5, 3), uniform(0.05, 1, 2, 5, 3), axis=1, label_smoothing=0.1)

sequences = np.array([[1, 2, 3, 0], [2, 2, 0, 0], [4, 1, 4, 4], [0, 0, 0, 0]], "int32")
for r in REDUCTIONS:
    case("CTC", sequences, uniform(-3, 3, 4, 9, 5), w4, reduction=r)
case("CTC", sequences, uniform(-9, 9, 4, 9, 5))
case("CTC", sequences, uniform(-3, 3, 4, 5, 5))
case("CTC", np.where(sequences == 0, 1, sequences)[:2], uniform(-3, 3, 2, 3, 5), slope=False)  # too few steps: float32 has no digits left for the gradient


def directions(*shape):
    x = uniform(-1, 1, *shape)
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


kinds = np.array([0, 1, 0, 2, 1, 2, 0], "int32")
for r in REDUCTIONS:
    case("Circle", kinds, directions(7, 3), reduction=r)
    case("Circle", kinds, directions(7, 3), [0.5, 2.0, 0.0, 1.25, 1.0, 0.75, 3.0], reduction=r)
case("Circle", kinds[:, None], directions(7, 3), gamma=3.0, margin=0.2)
case("Circle", kinds, directions(7, 5), gamma=3.0, margin=0.6, remove_diagonal=False)
near = np.repeat(np.eye(3, dtype="float32"), [3, 2, 2], 0)[[0, 3, 1, 5, 4, 6, 2]] + directions(7, 3)
case("Circle", kinds, near / np.linalg.norm(near, axis=-1, keepdims=True), gamma=200.0)  # some are 0

text = json.dumps(cases, indent=1)
text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m.group().split()), text)
sys.stdout.write(text + "\n")
