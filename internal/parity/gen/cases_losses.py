"""Cases of activations, losses with their reductions and weights, and metrics."""

import numpy as np

from cases_layers import tokens
from spec import O, Table

CASES = Table()
case, each = CASES.case, CASES.each


# Activations: as a dense layer's argument (where a kernel may fuse it) and as a layer on pre-activations from -4 to 4.

ACTIVATIONS = {
    name: name
    for name in (
        "celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu "
        "sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink"
    ).split()
}
ACTIVATIONS.update(
    celu_alpha=O("celu", alpha=0.5),
    elu_alpha=O("elu", alpha=1.7),
    gelu_tanh=O("gelu", approximate=True),
    hard_shrink_threshold=O("hard_shrink", threshold=1.25),
    leaky_relu_slope=O("leaky_relu", negative_slope=0.05),
    log_softmax_axis=O("log_softmax", axis=1),
    relu_arguments=O("relu", negative_slope=0.1, max_value=1.5, threshold=0.25),
    relu_max=O("relu", max_value=1.0),
    relu_slope=O("relu", negative_slope=0.3),
    relu_slope_max=O("relu", negative_slope=0.3, max_value=6.0),
    relu_threshold=O("relu", threshold=0.75),
    soft_shrink_threshold=O("soft_shrink", threshold=0.2),
    softmax_axis=O("softmax", axis=1),
    sparsemax_axis=O("sparsemax", axis=1),
    squareplus_b=O("squareplus", b=0.5),
    threshold=O("threshold", threshold=0.5, default_value=-0.25),
)


@each("activation", {k: dict(kind=v) for k, v in ACTIVATIONS.items()}, rows=11)
def _(m, kind):
    m.input("x", [3, 4])
    m.layer("dense", "a", units=5, activation=kind)
    m.layer("dense", "b", units=4)
    m.layer("rescaling", "wide", scale=0.2 if kind == "exponential" else 2.0)
    m.layer("activation", "act", activation=kind)
    m.layer("dense", "head", units=2)
    m.target("y", m.normal(3, 2))
    name = kind if isinstance(kind, str) else kind.kind
    m.fit(loss="mse", optimizer=O("sgd", learning_rate=0.001 if name == "log_softmax" else 0.02))


@case("activation_glu", rows=11)
def _(m):
    """glu halves the last axis. It stands last because Keras' own symbolic shape is wrong behind it."""
    m.input("x", [5])
    m.layer("dense", "a", units=6)
    m.layer("activation", "glu", activation="glu")
    m.target("y", m.normal(3))
    m.fit(loss="mse")


@case("activation_many", rows=11)
def _(m):
    """Every smooth activation side by side."""
    x = m.input("x", [6])
    names = [n for n, v in ACTIVATIONS.items() if isinstance(v, str) and n not in ("log_softmax", "sparsemax", "exponential")]
    heads = [m.layer("dense", n, x, units=3, activation=n) for n in names]
    m.layer("concatenate", "all", *heads)
    m.regression(optimizer=O("sgd", learning_rate=0.02))


@case("activation_at_zero", rows=13)
def _(m):
    """Half of the rows are zero and so are the biases: the pre-activations are exactly 0, where relu has no gradient and leaky_relu has 1."""
    data = m.normal(4)
    data[::2] = 0
    x = m.input("x", [4], data=data)
    m.neutral = True
    names = "celu elu gelu hard_silu hard_tanh leaky_relu mish relu relu6 selu silu soft_shrink softsign sparse_plus squareplus tanh_shrink".split()
    heads = [m.layer("dense", n, x, units=2, activation=n) for n in names]
    m.layer("concatenate", "all", *heads)
    m.regression()


@case("activation_large", rows=11)
def _(m):
    """Pre-activations of +-60: nothing may overflow."""
    x = m.input("x", [4])
    wide = m.layer("rescaling", "wide", scale=25.0)
    names = ("elu", "gelu", "log_sigmoid", "log_softmax", "mish", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "squareplus", "tanh")
    heads = [m.layer("activation", n, wide, activation=n) for n in names]
    m.layer("concatenate", "all", *heads)
    m.layer("rescaling", "narrow", scale=0.05)
    m.layer("dense", "h", units=4, activation="tanh")
    m.regression()


RELUS = {
    "plain": dict(),
    "max_value": dict(max_value=0.8),
    "six": dict(max_value=6.0),
    "slope": dict(negative_slope=0.2),
    "threshold": dict(threshold=0.4),
    "all": dict(max_value=1.1, negative_slope=0.15, threshold=0.3),
    "slope_threshold": dict(negative_slope=0.15, threshold=0.3),
    "max_zero": dict(max_value=0.0, negative_slope=0.5),
}


@each("relu", RELUS, rows=11)
def _(m, **args):
    m.input("x", [6])
    m.layer("dense", "a", units=8)
    m.layer("relu", "r", **args)
    m.regression()


SOFTMAXES = {"last": dict(), "axis1": dict(axis=1), "axes": dict(axis=[1, 2]), "axis_minus2": dict(axis=-2)}


@each("softmax", SOFTMAXES, rows=11)
def _(m, **args):
    m.input("x", [3, 4])
    m.layer("dense", "a", units=4)
    m.layer("softmax", "s", **args)
    m.layer("flatten", "f")
    m.regression()


# Losses. Each on vectors and on sequences; the probabilities of the unnormalised ones come from a sigmoid.

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight")

LOSSES = {
    "scce": (O("sparse_categorical_crossentropy"), "softmax", "class"),
    "scce_logits": (O("sparse_categorical_crossentropy", from_logits=True), None, "class"),
    "scce_unnormalised": (O("sparse_categorical_crossentropy"), "sigmoid", "class"),
    "scce_column": (O("sparse_categorical_crossentropy"), "softmax", "class_column"),
    "scce_ignore": (O("sparse_categorical_crossentropy", ignore_class=1), "softmax", "class"),
    "cce": (O("categorical_crossentropy"), "softmax", "one_hot"),
    "cce_logits": (O("categorical_crossentropy", from_logits=True), None, "one_hot"),
    "cce_unnormalised": (O("categorical_crossentropy"), "sigmoid", "one_hot"),
    "cce_smoothing": (O("categorical_crossentropy", label_smoothing=0.1), "softmax", "one_hot"),
    "cce_logits_smoothing": (O("categorical_crossentropy", from_logits=True, label_smoothing=0.2), None, "one_hot"),
    "cce_soft_labels": (O("categorical_crossentropy"), "softmax", "uniform"),
    "bce": (O("binary_crossentropy"), "sigmoid", "bits"),
    "bce_logits": (O("binary_crossentropy", from_logits=True), None, "bits"),
    "bce_smoothing": (O("binary_crossentropy", label_smoothing=0.1), "sigmoid", "bits"),
    "bce_logits_smoothing": (O("binary_crossentropy", from_logits=True, label_smoothing=0.2), None, "bits"),
    "bce_soft_labels": (O("binary_crossentropy"), "sigmoid", "uniform"),
    "mse": (O("mean_squared_error"), None, "normal"),
    "mae": (O("mean_absolute_error"), None, "normal"),
    "huber": (O("huber"), None, "normal"),
    "huber_delta": (O("huber", delta=0.4), "tanh", "normal"),
}


def labels(m, kind, *shape):
    """Targets for an output of `shape`, whose last axis is the classes."""
    return {
        "class": lambda: m.ints(shape[-1], *shape[:-1]),
        "class_column": lambda: m.ints(shape[-1], *shape[:-1], 1),
        "one_hot": lambda: m.one_hot(shape[-1], *shape[:-1]),
        "bits": lambda: m.ints(2, *shape).astype(np.float32),
        "uniform": lambda: m.uniform(*shape),
        "normal": lambda: m.normal(*shape) * 1.5,
    }[kind]()


def loss_case(m, loss, activation, target, shape, weighted=False):
    m.input("x", list(shape[:-1]) + [4])
    m.layer("dense", "a", units=6, activation="tanh")
    m.layer("dense", "head", units=shape[-1], **({"activation": activation} if activation else {}))
    m.target("y", labels(m, target, *shape))
    if weighted:
        m.weight("w")
    m.fit(loss=loss, optimizer=O("sgd", learning_rate=0.02 if loss.args.get("reduction") == "sum" else 0.2))


def with_args(spec, **args):
    return O(spec.kind, **spec.args, **args)


for _name, (_loss, _activation, _target) in LOSSES.items():
    each(f"loss_{_name}", {"vector": dict(shape=(3,)), "sequence": dict(shape=(5, 3))}, rows=13, batch=5)(
        lambda m, shape, v=(_loss, _activation, _target): loss_case(m, *v, shape)
    )
    for _reduction in REDUCTIONS:
        case(f"loss_{_name}_{_reduction}_weighted", rows=13, batch=5)(
            lambda m, v=(with_args(_loss, reduction=_reduction), _activation, _target): loss_case(m, *v, (3,), weighted=True)
        )

for _name in ("scce", "cce_logits", "bce", "mse", "mae", "huber"):
    _loss, _activation, _target = LOSSES[_name]
    each(f"loss_{_name}_pixels", {r: dict(reduction=r) for r in REDUCTIONS}, rows=7, batch=4)(
        lambda m, reduction, v=(_loss, _activation, _target): loss_case(m, with_args(v[0], reduction=reduction), v[1], v[2], (3, 4, 3))
    )


AXES = {
    "cce": (O("categorical_crossentropy", axis=1), True, "one_hot"),
    "cce_logits": (O("categorical_crossentropy", axis=1, from_logits=True), False, "one_hot"),
    "bce_logits": (O("binary_crossentropy", axis=1, from_logits=True), False, "bits"),
}


@each("loss_axis", {k: dict(loss=v[0], softmax=v[1], target=v[2]) for k, v in AXES.items()}, rows=13, batch=5)
def _(m, loss, softmax, target):
    """The classes are axis 1 of the output [n, 4, 3]."""
    m.input("x", [4, 5])
    m.layer("dense", "head", units=3)
    if softmax:
        m.layer("softmax", "s", axis=1)
    m.target("y", labels(m, target, 3, 4).transpose(0, 2, 1).copy() if target == "one_hot" else labels(m, target, 4, 3))
    m.fit(loss=loss, optimizer=O("sgd", learning_rate=0.2))


@each("loss_name", {n: dict(name=n) for n in ("mse", "mae", "bce", "huber", "mean_squared_error", "binary_crossentropy")}, rows=11)
def _(m, name):
    """Losses by name and by Keras' short names."""
    m.input("x", [4])
    m.layer("dense", "head", units=3, **({"activation": "sigmoid"} if "b" == name[0] else {}))
    m.target("y", m.ints(2, 3).astype(np.float32))
    m.fit(loss=name)


@each("loss_ranks", {"scalar_target": dict(rank=0), "column_target": dict(rank=1)}, rows=11)
def _(m, rank):
    """One unit against targets [n] and [n, 1]."""
    m.input("x", [4])
    m.layer("dense", "head", units=1)
    m.target("y", m.normal(*([1] * rank)))
    m.weight("w")
    m.fit(loss="huber", metrics=["mse", "mae"])


@case("loss_clipped", rows=11)
def _(m):
    """Probabilities beyond 1e-7 are clipped: their loss is -log(1e-7) and they have no gradient."""
    m.input("x", [4])
    m.layer("rescaling", "wide", scale=20.0)
    m.layer("dense", "head", units=3, activation="softmax")
    m.target("y", m.ints(3))
    m.fit(loss="sparse_categorical_crossentropy", optimizer=O("sgd", learning_rate=0.001))


@case("loss_clipped_binary", rows=21)
def _(m):
    """Logits are moderate, or so large that the probability is 0 or 1 in float32; what lies between is lost to rounding in 1 - p.
    (-check finds a difference by design: 1 - (1 - 1e-7) is 1.19e-7 in float32.)"""
    x = m.input("x", [4])
    z = m.input("z", [2], data=m.rng.choice([-70.0, -1.0, 1.0, 70.0], (m.total(), 2)).astype(np.float32))
    a = m.layer("dense", "a", x, units=2, activation="tanh")
    m.layer("add", "logits", a, z)
    m.layer("activation", "p", activation="sigmoid")
    m.target("y", m.ints(2, 2).astype(np.float32))
    m.fit(loss="binary_crossentropy", optimizer=O("sgd", learning_rate=0.1))


@case("loss_int_targets", rows=11)
def _(m):
    """Integers as targets of losses on floats: int64 one-hot, uint8 bits."""
    x = m.input("x", [4])
    a = m.layer("dense", "a", x, units=3, activation="softmax")
    b = m.layer("dense", "b", x, units=2, activation="sigmoid")
    m.output("p", a)
    m.output("q", b)
    m.target("p", m.one_hot(3).astype(np.int64))
    m.target("q", m.ints(2, 2).astype(np.uint8))
    m.fit(loss={"p": "categorical_crossentropy", "q": "binary_crossentropy"})


@case("weights_zero_rows", rows=13, batch=4)
def _(m):
    """Weights of 0; the third batch has nothing else (0/0 is 0)."""
    w = m.uniform(low=0.5, high=2.0)
    w[[1, 2, 8, 9, 10, 11]] = 0
    m.input("x", [4])
    m.layer("dense", "a", units=5, activation="tanh")
    m.layer("dense", "head", units=2)
    m.target("y", m.normal(2))
    m.weight("w", w)
    m.fit(loss=O("mean_squared_error", reduction="mean_with_sample_weight"))


@case("weights_of_outputs", rows=19)
def _(m):
    """Sample weights for one output of two."""
    x = m.input("x", [4])
    h = m.layer("dense", "h", x, units=5, activation="tanh")
    a = m.layer("dense", "a", h, units=3, activation="softmax")
    b = m.layer("dense", "b", h, units=1)
    m.output("kind", a)
    m.output("size", b)
    m.target("kind", m.ints(3))
    m.target("size", m.normal(1))
    m.weight("w", target="size")
    m.fit(loss={"kind": "sparse_categorical_crossentropy", "size": "mse"}, loss_weights={"kind": 0.4, "size": 1.5})


@case("weights_of_both_outputs", rows=19)
def _(m):
    x = m.input("x", [4])
    h = m.layer("dense", "h", x, units=5, activation="tanh")
    a = m.layer("dense", "a", h, units=3, activation="softmax")
    b = m.layer("dense", "b", h, units=1)
    m.output("kind", a)
    m.output("size", b)
    m.target("kind", m.ints(3))
    m.target("size", m.normal(1))
    m.weight("v", target="kind")
    m.weight("w", target="size")
    m.fit(loss={"kind": O("sparse_categorical_crossentropy", reduction="mean_with_sample_weight"), "size": O("huber", delta=0.5)})


@each("class_weight", {"sparse": dict(), "one_hot": dict(hot=True), "column": dict(column=True)}, rows=21)
def _(m, hot=False, column=False):
    """Class 3 is not named: weight 1."""
    m.input("x", [4])
    m.layer("dense", "a", units=5, activation="tanh")
    m.layer("dense", "head", units=4, activation="softmax")
    m.target("y", m.one_hot(4) if hot else m.ints(4, 1) if column else m.ints(4))
    m.fit(loss="categorical_crossentropy" if hot else "sparse_categorical_crossentropy", class_weight={0: 2.5, 1: 0.25, 2: 1.5}, metrics=["accuracy"], weighted_metrics=["accuracy"])


@case("class_weight_binary", rows=21, val=9)
def _(m):
    """Class weights are for training; validation is unweighted."""
    m.input("x", [4])
    m.layer("dense", "head", units=1, activation="sigmoid")
    m.target("y", m.ints(2, 1).astype(np.float32))
    m.fit(loss="binary_crossentropy", class_weight={0: 0.5, 1: 3.0}, metrics=["accuracy", "auc"])


# Metrics, of training and of given validation and test rows.


@case("metrics_sparse", rows=29, val=13, test=7, epochs=3)
def _(m):
    m.input("x", [5])
    m.layer("dense", "a", units=6, activation="relu")
    m.layer("dense", "head", units=4, activation="softmax")
    m.target("y", m.ints(4))
    m.fit(loss="sparse_categorical_crossentropy", metrics=["accuracy"], optimizer="adam")


@case("metrics_one_hot", rows=29, val=13, test=7)
def _(m):
    m.input("x", [5])
    m.layer("dense", "head", units=6, activation="softmax", kernel_regularizer="l2")
    m.target("y", m.one_hot(6))
    m.fit(loss="categorical_crossentropy", metrics=["acc", O("top_k_categorical_accuracy", k=2), "mse", "mae"], optimizer="adam")


@case("metrics_top_k_default", rows=29)
def _(m):
    m.input("x", [5])
    m.layer("dense", "head", units=8, activation="softmax")
    m.target("y", m.one_hot(8))
    m.fit(loss="categorical_crossentropy", metrics=["accuracy", "top_k_categorical_accuracy"])


@case("metrics_binary", rows=29, val=13, test=7)
def _(m):
    m.input("x", [5])
    m.layer("dense", "head", units=1, activation="sigmoid")
    m.target("y", m.ints(2).astype(np.float32))
    m.fit(loss="binary_crossentropy", metrics=["accuracy", "auc", "mean_squared_error"])


@case("metrics_multi_label", rows=29, val=13)
def _(m):
    """Several sigmoids: accuracy resolves to the categorical one."""
    m.input("x", [5])
    m.layer("dense", "head", units=3, activation="sigmoid")
    m.target("y", m.ints(2, 3).astype(np.float32))
    m.fit(loss="binary_crossentropy", metrics=["accuracy", "auc"])


AUCS = {
    "thresholds": dict(num_thresholds=7),
    "pr": dict(curve="PR"),
    "majoring": dict(summation_method="majoring", num_thresholds=20),
    "minoring": dict(summation_method="minoring", num_thresholds=20),
    "pr_minoring": dict(curve="PR", summation_method="minoring", num_thresholds=20),
    "logits": dict(from_logits=True),
    "gain": dict(curve="PRGAIN"),
    "given_thresholds": dict(thresholds=[0.7, 0.35, 0.5]),
    "even_thresholds": dict(thresholds=[0.25, 0.5, 0.75]),
}


@each("metrics_auc", AUCS, rows=37)
def _(m, **args):
    m.input("x", [5])
    logits = args.get("from_logits", False)
    m.layer("dense", "head", units=1, **({} if logits else {"activation": "sigmoid"}))
    m.target("y", m.ints(2, 1).astype(np.float32))
    m.fit(loss=O("binary_crossentropy", from_logits=logits), metrics=[O("auc", **args)])


@each("metrics_auc_labels", {"flat": dict(), "multi": dict(multi_label=True, num_labels=3), "weights": dict(multi_label=True, num_labels=3, label_weights=[0.5, 2.0, 1.0])}, rows=37)
def _(m, **args):
    m.input("x", [5])
    m.layer("dense", "head", units=3, activation="sigmoid")
    m.target("y", m.ints(2, 3).astype(np.float32))
    m.fit(loss="binary_crossentropy", metrics=[O("auc", **args)])


@case("metrics_auc_ties", rows=37)
def _(m):
    """Few different predictions, some of them exactly 0 and 1."""
    m.input("x", [], dtype="int32", data=m.ints(7))
    m.layer("embedding", "e", input_dim=7, output_dim=1)
    m.layer("rescaling", "wide", scale=25.0)
    m.layer("activation", "clip", activation="sparse_sigmoid")
    m.target("y", m.ints(2, 1).astype(np.float32))
    m.fit(loss="mse", metrics=["auc", "accuracy"], optimizer=O("sgd", learning_rate=0.001))


@case("metrics_top_k_ties", rows=23)
def _(m):
    """Equal scores count for the label."""
    x = m.input("x", [3])
    a = m.layer("dense", "a", x, units=2, activation="softmax")
    m.layer("concatenate", "twice", a, a, a)
    m.layer("activation", "norm", activation="softmax")
    m.target("y", m.one_hot(6))
    m.fit(loss="categorical_crossentropy", metrics=[O("top_k_categorical_accuracy", k=3), "accuracy"])


@case("metrics_sequence", rows=13, val=5)
def _(m):
    m.input("x", [4, 3])
    m.layer("dense", "head", units=3, activation="softmax")
    m.target("y", m.ints(3, 4))
    m.fit(loss="sparse_categorical_crossentropy", metrics=["accuracy"])


@case("metrics_sequence_one_hot", rows=13)
def _(m):
    m.input("x", [4, 3])
    m.layer("dense", "head", units=3, activation="softmax")
    m.target("y", m.one_hot(3, 4))
    m.fit(loss="categorical_crossentropy", metrics=["accuracy", O("top_k_categorical_accuracy", k=2), "mae"])


@case("metrics_weighted", rows=29, val=13)
def _(m):
    """metrics are unweighted, weighted_metrics weighted; validation has weights too."""
    m.input("x", [5])
    m.layer("dense", "head", units=1, activation="sigmoid")
    m.target("y", m.ints(2, 1).astype(np.float32))
    m.weight("w")
    m.fit(loss="binary_crossentropy", metrics=["accuracy", "mae", O("auc"), O("binary_accuracy")], weighted_metrics=["accuracy", O("auc"), "mse", O("binary_accuracy")])


@case("metrics_of_outputs", rows=19, val=7, test=5)
def _(m):
    x = m.input("x", [4])
    h = m.layer("dense", "h", x, units=5, activation="tanh", activity_regularizer=O("l1", l1=0.02))
    a = m.layer("dense", "a", h, units=3, activation="softmax")
    b = m.layer("dense", "b", h, units=1)
    m.output("kind", a)
    m.output("size", b)
    m.target("kind", m.ints(3))
    m.target("size", m.normal(1))
    m.fit(
        loss={"kind": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"kind": 0.4, "size": 1.5},
        metrics={"kind": ["accuracy"], "size": ["mae", "mse"]},
    )


@case("metrics_masked", rows=13, val=5)
def _(m):
    tokens(m)
    m.layer("dense", "head", units=2)
    m.target("y", m.normal(6, 2))
    m.fit(loss="mae", metrics=["mse", "mae"])


# Losses of sequences and of pairs.


@each("loss_ctc", {"default": dict(), "sum": dict(reduction="sum")}, rows=13)
def _(m, **args):
    """Labels of several lengths, some twice in a row; the last batch is smaller."""
    m.input("x", [7, 3])
    m.layer("dense", "head", units=4)
    labels = m.ints(4, 3, low=1)
    labels[::2, 2] = 0
    labels[::3, 1:] = 0
    m.target("y", labels)
    m.fit(loss=O("ctc", **args), optimizer=O("sgd", learning_rate=0.05))


@case("loss_ctc_weighted", rows=13, val=5)
def _(m):
    m.input("x", [9, 3])
    m.layer("conv1d", "c", filters=5, kernel_size=3, padding="same", activation="tanh")
    m.layer("dense", "head", units=6)
    m.target("y", m.ints(6, 4, low=1))
    m.weight("w")
    m.fit(loss=O("ctc", reduction="mean_with_sample_weight"), optimizer=O("adam", learning_rate=0.01))


CIRCLES = {
    "default": dict(gamma=80.0),
    "arguments": dict(gamma=5.0, margin=0.25, remove_diagonal=False),
    "sum": dict(gamma=10.0, reduction="sum"),
}


@each("loss_circle", CIRCLES, rows=28, batch=10)
def _(m, **args):
    m.input("x", [4])
    m.layer("dense", "d", units=3)
    m.layer("unit_normalization", "unit")
    m.target("y", np.tile(np.array([0, 1, 1, 0], np.int32), 7))
    m.fit(loss=O("circle", **args), optimizer=O("sgd", learning_rate=0.01))


@case("loss_circle_weighted", rows=24)
def _(m):
    m.input("x", [4])
    m.layer("dense", "d", units=3)
    m.layer("unit_normalization", "unit")
    m.target("y", np.tile(np.array([2, 1, 1, 2, 0, 0], np.int32), 4))
    m.weight("w")
    m.fit(loss=O("circle", gamma=4.0, reduction="mean_with_sample_weight"), optimizer=O("sgd", learning_rate=0.05))


@case("metrics_of_classes", rows=23)
def _(m):
    """Crossentropies of another axis, of ignored classes, and of classes that are sorted already."""
    m.input("x", [5])
    m.layer("dense", "head", units=4, activation="softmax")
    m.target("y", m.ints(4))
    m.weight("w")
    metric = O("sparse_categorical_crossentropy", ignore_class=2)
    m.fit(loss="sparse_categorical_crossentropy", metrics=[metric], weighted_metrics=[metric])
