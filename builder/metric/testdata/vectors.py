"""Writes vectors.json: metrics as Keras 3.15.1 computes them on JAX, after each of several batches.

    KERAS_BACKEND=jax python3 vectors.py > vectors.json
"""
import json
import re
import sys

import numpy as np
import keras
from keras.src.trainers import compile_utils

rng = np.random.default_rng(5)
SIZES = [5, 3]
cases = []
NAMES = {"AUC": "auc", "KLDivergence": "kl_divergence"}


def flat(a):
    return np.asarray(a, "float64").ravel().tolist()


def case(cls, y, p, weighted=False, **args):
    """y and p make the batch of a size."""
    batches = [(np.asarray(y(n)), np.asarray(p(n), "float32"), rng.uniform(0, 2, n).astype("float32") if weighted else None) for n in SIZES]
    if cls == "accuracy":
        m, name = compile_utils.get_metric("accuracy", batches[0][0], batches[0][1]), "accuracy"
    else:
        m = getattr(keras.metrics, cls)(**args)
        name = NAMES.get(cls) or keras.src.utils.naming.to_snake_case(cls)
    out = []
    for yb, pb, w in batches:
        m.update_state(yb, pb, sample_weight=w)
        out.append({"y": flat(yb), "y_shape": list(yb.shape), "int": yb.dtype.kind == "i", "p": flat(pb), "p_shape": list(pb.shape),
                    "weights": None if w is None else flat(w), "want": float(m.result())})
    cases.append({"metric": name, "args": "\n".join(f"{k} = {json.dumps(v)}" for k, v in args.items()), "batches": out})


def uniform(lo, hi, *shape):
    return lambda n: np.round(rng.uniform(lo, hi, (n, *shape)), 2).astype("float32")


def bits(*shape):
    return lambda n: rng.integers(0, 2, (n, *shape)).astype("float32")


def labels(c, *shape):
    return lambda n: rng.integers(0, c, (n, *shape)).astype("int32")


def onehot(c, *shape):
    return lambda n: np.eye(c, dtype="float32")[rng.integers(0, c, (n, *shape))]


for w in [False, True]:
    case("accuracy", bits(1), uniform(0, 1, 1), w)
    case("accuracy", bits(), uniform(0, 1, 1), w)
    case("accuracy", labels(4), uniform(0, 1, 4), w)
    case("accuracy", labels(4, 1), uniform(0, 1, 4), w)
    case("accuracy", onehot(4), uniform(0, 1, 4), w)
    case("accuracy", labels(3, 6), uniform(0, 1, 6, 3), w)
    case("BinaryAccuracy", bits(3), uniform(0, 1, 3), w)
    case("BinaryAccuracy", bits(2, 3), uniform(0, 1, 2, 3), w, threshold=0.25)
    case("CategoricalAccuracy", uniform(0, 1, 4), uniform(0, 1, 4), w)
    case("SparseCategoricalAccuracy", labels(4), uniform(0, 1, 4), w)
    case("TopKCategoricalAccuracy", onehot(7), uniform(0, 0.2, 7), w, k=3)
    case("TopKCategoricalAccuracy", onehot(7, 2), uniform(0, 0.2, 2, 7), w)
    case("SparseTopKCategoricalAccuracy", labels(7), uniform(0, 0.2, 7), w, k=2)
    case("SparseTopKCategoricalAccuracy", labels(7, 3), uniform(0, 0.2, 3, 7), w)
    for cls in ["MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "RootMeanSquaredError", "LogCoshError"]:
        case(cls, uniform(-2, 2, 3), uniform(-2, 2, 3), w)
        case(cls, uniform(-2, 2), uniform(-2, 2, 1), w)
        case(cls, uniform(-2, 2, 2, 3), uniform(-2, 2, 2, 3), w)
    case("MeanSquaredLogarithmicError", uniform(0, 2, 3), uniform(-0.2, 2, 3), w)
    case("Poisson", uniform(0, 2, 3), uniform(0.1, 2, 3), w)
    case("KLDivergence", uniform(0, 1, 3), uniform(0.1, 1, 3), w)
    case("KLDivergence", uniform(0, 1, 2, 3), uniform(0.1, 1, 2, 3), w)
    case("BinaryCrossentropy", bits(3), uniform(0, 1, 3), w)
    case("BinaryCrossentropy", bits(3), uniform(-3, 3, 3), w, from_logits=True, label_smoothing=0.1)
    case("CategoricalCrossentropy", onehot(4), uniform(0.1, 1, 4), w, label_smoothing=0.1)
    case("CategoricalCrossentropy", onehot(4, 2), uniform(-3, 3, 2, 4), w, from_logits=True)
    case("SparseCategoricalCrossentropy", labels(4), uniform(0.1, 1, 4), w)
    case("SparseCategoricalCrossentropy", labels(4, 2), uniform(-3, 3, 2, 4), w, from_logits=True)
    for curve in ["ROC", "PR", "PRGAIN"]:
        for method in ["interpolation", "minoring", "majoring"]:
            case("AUC", bits(1), uniform(0, 1, 1), w, curve=curve, summation_method=method, num_thresholds=11)
    case("AUC", bits(), uniform(0, 1, 1), w)
    case("AUC", bits(1), uniform(-3, 3, 1), w, from_logits=True)
    case("AUC", bits(3), uniform(-0.1, 1.1, 3), w)
    case("AUC", bits(1), uniform(0, 1, 1), w, num_thresholds=2)
    case("AUC", bits(1), uniform(-0.1, 1.1, 1), w, thresholds=[0.9, 0.1, 0.45])
    case("AUC", bits(1), uniform(0, 1, 1), w, thresholds=[0.25, 0.5, 0.75])
    for cls in ["Precision", "Recall"]:
        case(cls, bits(1), uniform(0, 1, 1), w)
        case(cls, bits(4), uniform(0, 1, 4), w, thresholds=0.75)
        case(cls, bits(4), uniform(0, 0.1, 4), w, top_k=2)
        case(cls, bits(4), uniform(0, 1, 4), w, class_id=2)
        case(cls, bits(4), uniform(0, 1, 4), w, class_id=1, top_k=2, thresholds=0.5)
case("AUC", bits(3), uniform(0, 1, 3), False, multi_label=True)
case("AUC", bits(3), uniform(0, 1, 3), False, multi_label=True, label_weights=[1.0, 0.5, 2.0], curve="PR", num_labels=3)
case("AUC", bits(3), uniform(0, 1, 3), False, label_weights=[1.0, 0.5, 2.0])

text = json.dumps(cases, indent=1)
text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m.group().split()), text)
sys.stdout.write(text + "\n")
