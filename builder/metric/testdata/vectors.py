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
NAMES = {
    "AUC": "auc", "KLDivergence": "kl_divergence", "FBetaScore": "fbeta_score", "IoU": "iou", "MeanIoU": "mean_iou", "BinaryIoU": "binary_iou",
    "OneHotIoU": "one_hot_iou", "OneHotMeanIoU": "one_hot_mean_iou",
}


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
                    "weights": None if w is None else flat(w), "want": np.asarray(m.result()).item()})
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


def plus_minus(*shape):
    return lambda n: 2 * rng.integers(0, 2, (n, *shape)).astype("float32") - 1


def whole(c, *shape):
    """Class numbers as an output has them."""
    return lambda n: rng.integers(0, c, (n, *shape)).astype("float32")


for w in [False, True]:
    for cls in ["TruePositives", "FalsePositives", "FalseNegatives", "TrueNegatives"]:
        case(cls, bits(2), uniform(0, 1, 2), w)
        case(cls, bits(1), uniform(0, 1, 1), w, thresholds=0.3)
    for cls, arg in [("PrecisionAtRecall", "recall"), ("RecallAtPrecision", "precision"), ("SensitivityAtSpecificity", "specificity"), ("SpecificityAtSensitivity", "sensitivity")]:
        case(cls, bits(1), uniform(0, 1, 1), w, **{arg: 0.6})
        case(cls, bits(3), uniform(0, 1, 3), w, **{arg: 0.5}, num_thresholds=11)
        case(cls, bits(3), uniform(0, 1, 3), w, **{arg: 0.5}, num_thresholds=1)
        case(cls, bits(3), uniform(0, 1, 3), w, **{arg: 0.5}, num_thresholds=2)
        case(cls, bits(3), uniform(-0.2, 1.2, 3), w, **{arg: 0.4}, class_id=1)
    for cls in ["Hinge", "SquaredHinge"]:
        case(cls, plus_minus(3), uniform(-2, 2, 3), w)
        case(cls, bits(2, 3), uniform(-2, 2, 2, 3), w)
    case("CategoricalHinge", onehot(4), uniform(-2, 2, 4), w)
    case("CategoricalHinge", onehot(4, 2), uniform(-2, 2, 2, 4), w)
    for cls in ["CosineSimilarity", "PearsonCorrelation", "ConcordanceCorrelation"]:
        case(cls, uniform(-2, 2, 4), uniform(-2, 2, 4), w)
        case(cls, uniform(-2, 2, 4, 3), uniform(-2, 2, 4, 3), w, axis=1)
    case("F1Score", bits(1), uniform(0, 1, 1), w, threshold=0.5)
    for average in ["micro", "macro", "weighted"]:
        case("F1Score", onehot(4), uniform(0, 1, 4), w, average=average)
        case("FBetaScore", bits(4), uniform(0, 1, 4), w, average=average, beta=2.0, threshold=0.4)
    case("R2Score", uniform(-2, 2, 3), uniform(-2, 2, 3), w)
    case("R2Score", uniform(-2, 2, 1), uniform(-2, 2, 1), w, class_aggregation="variance_weighted_average")
    case("R2Score", uniform(-2, 2, 3), uniform(-2, 2, 3), w, class_aggregation="variance_weighted_average", num_regressors=2)
    case("IoU", labels(3), whole(3), w, num_classes=3, target_class_ids=[0, 2])
    case("IoU", labels(3), uniform(0, 1, 3), w, num_classes=3, target_class_ids=[1], sparse_y_pred=False)
    case("IoU", onehot(3), uniform(0, 1, 3), w, num_classes=3, target_class_ids=[0, 1], sparse_y_true=False, sparse_y_pred=False)
    case("MeanIoU", labels(4), whole(5), w, num_classes=3, ignore_class=1)
    case("OneHotIoU", onehot(3), uniform(0, 1, 3), w, num_classes=3, target_class_ids=[0, 1])
    case("OneHotMeanIoU", onehot(3), whole(3), w, num_classes=3, sparse_y_pred=True)
    case("BinaryIoU", bits(), uniform(0, 1), w)
    case("BinaryIoU", bits(), uniform(0, 1), w, target_class_ids=[1], threshold=0.25)
case("MeanIoU", labels(3, 2, 2), uniform(0, 1, 2, 2, 3), num_classes=3, sparse_y_pred=False)
case("BinaryIoU", bits(2, 3), uniform(0, 1, 2, 3))
case("PearsonCorrelation", uniform(-2, 2, 2), uniform(-2, 2, 2), axis=0)
case("ConcordanceCorrelation", uniform(-2, 2), uniform(-2, 2, 1), axis=0)
for w in [False, True]:
    for logits in [False, True]:
        case("CategoricalCrossentropy", onehot(3), uniform(0.1, 1, 3), w, axis=1, from_logits=logits)
        case("SparseCategoricalCrossentropy", labels(4), uniform(0.1, 1, 4), w, ignore_class=2, from_logits=logits)
    case("SparseCategoricalCrossentropy", labels(4), uniform(0.1, 1, 4), w, ignore_class=-1)
    case("SparseTopKCategoricalAccuracy", labels(7), whole(7, 4), w, k=2, from_sorted_ids=True)
case("CategoricalCrossentropy", uniform(0, 1, 5, 2), uniform(0.1, 1, 5, 2), axis=1, label_smoothing=0.1)
case("CategoricalCrossentropy", uniform(0, 1, 2, 3, 4), uniform(-3, 3, 2, 3, 4), True, axis=-2, from_logits=True)
case("SparseCategoricalCrossentropy", labels(3, 4), uniform(-3, 3, 4, 3), ignore_class=1, from_logits=True)

text = json.dumps(cases, indent=1)
text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m.group().split()), text)
sys.stdout.write(text + "\n")
