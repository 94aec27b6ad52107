"""Cases of the layers beside the plain ones of cases_layers.py: convolutions and pooling over one and three axes, transposed, depthwise and separable ones."""

import numpy as np

from cases_layers import tokens
from spec import O, Table

CASES = Table()
case, each = CASES.case, CASES.each


def conv(m, kind, shape, **args):
    """The layer between a dense one, so that the gradient with respect to its input counts, and the classes."""
    m.input("x", shape)
    m.layer("dense", "before", units=shape[-1], activation="tanh")
    m.layer(kind, "conv", **args)
    m.layer("flatten", "flat")
    m.classes(3, optimizer=O("sgd", learning_rate=0.1, momentum=0.9))


CONV1 = {
    "valid": dict(shape=[7, 2], filters=3, kernel_size=3),
    "same_strides": dict(shape=[8, 2], filters=3, kernel_size=4, strides=3, padding="same", activation="relu"),
    "causal": dict(shape=[6, 3], filters=4, kernel_size=3, padding="causal", activation="gelu"),
    "causal_dilated": dict(shape=[9, 2], filters=3, kernel_size=3, dilation_rate=2, padding="causal"),
    "causal_strides": dict(shape=[9, 2], filters=3, kernel_size=4, strides=2, padding="causal", use_bias=False),
    "dilated_same": dict(shape=[7, 2], filters=3, kernel_size=2, dilation_rate=3, padding="same"),
    "groups": dict(shape=[7, 6], filters=4, kernel_size=3, groups=2, strides=2),
    "regularized": dict(shape=[5, 2], filters=3, kernel_size=2, kernel_regularizer=O("l2", l2=0.02), bias_regularizer="l2", activity_regularizer=O("l2", l2=0.004), kernel_constraint=O("max_norm", max_value=0.6, axis=[0, 1]), bias_constraint="non_neg"),
    "softmax": dict(shape=[5, 2], filters=4, kernel_size=2, activation="softmax"),
}
each("conv1d", CONV1, rows=13, batch=5)(lambda m, **v: conv(m, "conv1d", **v))

CONV3 = {
    "valid": dict(shape=[4, 5, 3, 2], filters=3, kernel_size=2),
    "same_strides": dict(shape=[5, 4, 3, 2], filters=3, kernel_size=[3, 2, 3], strides=[2, 2, 1], padding="same", activation="relu"),
    "dilated": dict(shape=[5, 4, 5, 1], filters=2, kernel_size=[2, 3, 2], dilation_rate=[3, 1, 2], padding="same"),
    "groups": dict(shape=[3, 3, 4, 4], filters=4, kernel_size=2, groups=2, use_bias=False),
    "deep_strides": dict(shape=[7, 2, 2, 2], filters=3, kernel_size=[1, 2, 2], strides=[3, 1, 1]),
    "over_input_same": dict(shape=[2, 3, 2, 1], filters=2, kernel_size=[5, 4, 3], padding="same"),
}
each("conv3d", CONV3, rows=11, batch=5)(lambda m, **v: conv(m, "conv3d", **v))

DEPTHWISE1 = {
    "valid": dict(shape=[7, 3], kernel_size=3),
    "same_multiplier": dict(shape=[8, 2], kernel_size=3, strides=2, depth_multiplier=3, padding="same", activation="relu"),
    "dilated": dict(shape=[7, 2], kernel_size=2, dilation_rate=2, use_bias=False, depthwise_initializer="he_normal"),
}
each("depthwise_conv1d", DEPTHWISE1, rows=13, batch=5)(lambda m, **v: conv(m, "depthwise_conv1d", **v))

DEPTHWISE2 = {
    "valid": dict(shape=[5, 6, 3], kernel_size=3),
    "same_multiplier": dict(shape=[5, 6, 2], kernel_size=[2, 3], strides=2, depth_multiplier=2, padding="same", activation="relu"),
    "dilated": dict(shape=[6, 5, 2], kernel_size=2, dilation_rate=[2, 3], padding="same"),
    "regularized": dict(shape=[4, 4, 2], kernel_size=2, depth_multiplier=2, depthwise_regularizer=O("l2", l2=0.03), bias_regularizer="l2", depthwise_constraint=O("max_norm", max_value=0.5, axis=[0, 1]), bias_constraint="non_neg", activity_regularizer="l2"),
}
each("depthwise_conv2d", DEPTHWISE2, rows=13, batch=5)(lambda m, **v: conv(m, "depthwise_conv2d", **v))

SEPARABLE1 = {
    "valid": dict(shape=[7, 3], filters=4, kernel_size=3),
    "same_multiplier": dict(shape=[8, 2], filters=3, kernel_size=3, strides=2, depth_multiplier=2, padding="same", activation="relu"),
}
each("separable_conv1d", SEPARABLE1, rows=13, batch=5)(lambda m, **v: conv(m, "separable_conv1d", **v))

SEPARABLE2 = {
    "valid": dict(shape=[5, 6, 3], filters=4, kernel_size=3),
    "same_multiplier": dict(shape=[7, 6, 2], filters=3, kernel_size=[2, 3], strides=2, depth_multiplier=2, padding="same", activation="tanh", use_bias=False),
    "dilated": dict(shape=[6, 5, 2], filters=3, kernel_size=2, dilation_rate=2),
    "regularized": dict(shape=[4, 4, 2], filters=3, kernel_size=2, depthwise_regularizer=O("l2", l2=0.03), pointwise_regularizer=O("l2", l2=0.01), depthwise_constraint=O("max_norm", max_value=0.5, axis=[0, 1]), pointwise_constraint="non_neg"),
}
each("separable_conv2d", SEPARABLE2, rows=13, batch=5)(lambda m, **v: conv(m, "separable_conv2d", **v))

TRANSPOSED1 = {
    "valid": dict(shape=[4, 2], filters=3, kernel_size=3, strides=2),
    "same": dict(shape=[4, 2], filters=3, kernel_size=3, strides=2, padding="same", activation="relu"),
    "same_even": dict(shape=[4, 3], filters=2, kernel_size=4, strides=3, padding="same"),
    "same_gaps": dict(shape=[4, 3], filters=2, kernel_size=1, strides=3, padding="same"),
    "valid_gaps": dict(shape=[4, 3], filters=2, kernel_size=2, strides=3),
    "same_more": dict(shape=[4, 3], filters=2, kernel_size=3, strides=2, padding="same", output_padding=1),
    "same_even_more": dict(shape=[4, 3], filters=2, kernel_size=4, strides=3, padding="same", output_padding=2),
    "valid_more": dict(shape=[4, 3], filters=2, kernel_size=2, strides=2, output_padding=1, use_bias=False),
    "dilated": dict(shape=[5, 2], filters=2, kernel_size=3, dilation_rate=2, padding="same"),
}
each("conv1d_transpose", TRANSPOSED1, rows=13, batch=5)(lambda m, **v: conv(m, "conv1d_transpose", **v))

TRANSPOSED2 = {
    "valid": dict(shape=[3, 4, 2], filters=3, kernel_size=3, strides=2),
    "same": dict(shape=[3, 2, 2], filters=3, kernel_size=[3, 2], strides=[2, 3], padding="same", activation="relu"),
    "unet": dict(shape=[3, 4, 3], filters=4, kernel_size=2, strides=2, padding="same"),
    "same_strides1": dict(shape=[4, 3, 3], filters=2, kernel_size=[4, 3], padding="same", activation="gelu"),
    "more": dict(shape=[3, 4, 2], filters=2, kernel_size=[3, 4], strides=[2, 3], padding="same", output_padding=[1, 0]),
    "dilated": dict(shape=[3, 4, 2], filters=2, kernel_size=2, dilation_rate=[2, 3]),
    "regularized": dict(shape=[3, 3, 2], filters=2, kernel_size=2, strides=2, kernel_regularizer="l2", bias_regularizer="l2", activity_regularizer=O("l2", l2=0.003), kernel_constraint=O("max_norm", max_value=0.6, axis=[0, 1, 3]), bias_constraint="non_neg"),
}
each("conv2d_transpose", TRANSPOSED2, rows=13, batch=5)(lambda m, **v: conv(m, "conv2d_transpose", **v))

TRANSPOSED3 = {
    "valid": dict(shape=[3, 2, 2, 2], filters=2, kernel_size=[3, 2, 2], strides=[2, 1, 2]),
    "same": dict(shape=[2, 3, 2, 2], filters=2, kernel_size=3, strides=2, padding="same", activation="relu"),
    "same_gaps": dict(shape=[2, 2, 2, 2], filters=2, kernel_size=[1, 2, 1], strides=[3, 2, 1], padding="same", use_bias=False),
    "dilated": dict(shape=[3, 2, 2, 2], filters=2, kernel_size=2, dilation_rate=[2, 1, 3], padding="same"),
    "more": dict(shape=[2, 2, 3, 1], filters=2, kernel_size=3, strides=2, padding="same", output_padding=1),
}
each("conv3d_transpose", TRANSPOSED3, rows=11, batch=5)(lambda m, **v: conv(m, "conv3d_transpose", **v))


def pooled(m, kind, shape, **args):
    m.input("x", shape)
    m.layer("dense", "before", units=shape[-1] + 1, activation="tanh")
    m.layer(kind, "pool", **args)
    m.layer("flatten", "flat")
    m.classes(3)


POOLS1 = {
    "default": dict(shape=[7, 3]),
    "strides": dict(shape=[7, 2], pool_size=3, strides=1),
    "same": dict(shape=[8, 2], pool_size=3, strides=2, padding="same"),
    "over_input_same": dict(shape=[3, 2], pool_size=5, strides=2, padding="same"),
}
POOLS3 = {
    "default": dict(shape=[4, 5, 3, 2]),
    "strides": dict(shape=[4, 3, 4, 2], pool_size=[3, 1, 2], strides=[1, 2, 2]),
    "same": dict(shape=[5, 4, 3, 2], pool_size=[3, 2, 2], strides=[2, 1, 2], padding="same"),
}
for kind in ("max", "average"):
    p1 = {k: dict(v, pool_size=v.get("pool_size", 2)) for k, v in POOLS1.items()}
    p3 = {k: dict(v, pool_size=v.get("pool_size", 2)) for k, v in POOLS3.items()}
    each(f"{kind}_pooling1d", p1, rows=13, batch=5)(lambda m, kind=kind, **v: pooled(m, f"{kind}_pooling1d", **v))
    each(f"{kind}_pooling3d", p3, rows=13, batch=5)(lambda m, kind=kind, **v: pooled(m, f"{kind}_pooling3d", **v))
    each(f"global_{kind}_pooling1d", {"plain": dict(), "keepdims": dict(keepdims=True)}, rows=13)(lambda m, kind=kind, **v: pooled(m, f"global_{kind}_pooling1d", [5, 3], **v))
    each(f"global_{kind}_pooling3d", {"plain": dict(), "keepdims": dict(keepdims=True)}, rows=13)(lambda m, kind=kind, **v: pooled(m, f"global_{kind}_pooling3d", [2, 3, 2, 3], **v))


@case("max_pooling3d_ties", rows=13)
def _(m):
    """Equal values in a window: the gradient goes to the first in the order depth, height, width."""
    m.input("x", [3, 4, 4], dtype="int32", data=m.ints(3, 3, 4, 4))
    m.layer("embedding", "e", input_dim=3, output_dim=2)
    m.layer("conv3d", "mix", filters=2, kernel_size=1, use_bias=False)
    m.layer("max_pooling3d", "pool", pool_size=[2, 3, 2], strides=[1, 1, 2])
    m.layer("flatten", "flat")
    m.classes(3)


@case("global_average_pooling1d_masked", rows=13)
def _(m):
    """Steps that are padding do not count."""
    tokens(m)
    m.layer("dense", "d", units=4, activation="tanh")
    m.layer("global_average_pooling1d", "pool")
    m.classes(3)


# Shapes.

each("cropping1d", {"number": dict(cropping=1), "pair": dict(cropping=[0, 2])}, rows=11)(lambda m, **v: pooled(m, "cropping1d", [5, 2], **v))
each("zero_padding1d", {"number": dict(padding=2), "pair": dict(padding=[0, 2]), "default": dict()}, rows=11)(lambda m, **v: pooled(m, "zero_padding1d", [3, 2], **v))
each("cropping3d", {"number": dict(cropping=1), "three": dict(cropping=[0, 1, 0]), "pairs": dict(cropping=[[1, 0], [0, 2], [0, 0]])}, rows=11)(lambda m, **v: pooled(m, "cropping3d", [3, 4, 3, 2], **v))
each("zero_padding3d", {"number": dict(padding=1), "three": dict(padding=[0, 1, 0]), "pairs": dict(padding=[[1, 0], [0, 2], [0, 0]])}, rows=11)(lambda m, **v: pooled(m, "zero_padding3d", [2, 2, 3, 1], **v))

each("up_sampling1d", {"default": dict(), "three": dict(size=3)}, rows=11)(lambda m, **v: pooled(m, "up_sampling1d", [3, 2], **v))
UPS = {
    "default": dict(),
    "nearest_pair": dict(size=[1, 3]),
    "bilinear": dict(size=[2, 3], interpolation="bilinear"),
    "bicubic": dict(size=[3, 2], interpolation="bicubic"),
    "lanczos3": dict(size=2, interpolation="lanczos3"),
    "lanczos5": dict(size=[2, 1], interpolation="lanczos5"),
}
each("up_sampling2d", UPS, rows=11)(lambda m, **v: pooled(m, "up_sampling2d", [3, 2, 2], **v))
each("up_sampling3d", {"default": dict(), "three": dict(size=[1, 2, 3])}, rows=11)(lambda m, **v: pooled(m, "up_sampling3d", [2, 3, 2, 1], **v))

ADAPTIVE = {
    "1d": dict(shape=[8, 2], output_size=5),
    "1d_even": dict(shape=[8, 2], output_size=4),
    "1d_more": dict(shape=[3, 2], output_size=5),
    "2d": dict(shape=[5, 7, 2], output_size=[3, 2]),
    "2d_number": dict(shape=[5, 4, 2], output_size=2),
    "3d": dict(shape=[4, 3, 5, 2], output_size=[3, 1, 2]),
}
for kind in ("max", "average"):
    each(f"adaptive_{kind}_pooling", ADAPTIVE, rows=11)(lambda m, shape, kind=kind, **v: pooled(m, f"adaptive_{kind}_pooling{len(shape) - 1}d", shape, **v))

# Normalization.

GNORMS = {
    "image": dict(shape=[3, 4, 6], groups=3),
    "vector": dict(shape=[6], groups=2),
    "one": dict(shape=[4, 6], groups=1, epsilon=0.05),
    "instance": dict(shape=[4, 3], groups=-1, center=False),
    "axis1": dict(shape=[4, 3, 2], groups=2, axis=1, scale=False),
    "axis_minus2": dict(shape=[4, 6, 2], groups=3, axis=-2),
    "regularized": dict(shape=[3, 6], groups=2, gamma_regularizer=O("l1", l1=0.03), beta_regularizer=O("l2", l2=0.5), gamma_constraint=O("min_max_norm", min_value=0.5, max_value=1.5), beta_constraint=O("max_norm", max_value=0.3)),
}


@each("group_normalization", GNORMS, rows=13)
def _(m, shape, **args):
    m.input("x", shape)
    m.layer("dense", "d", units=shape[-1])
    m.layer("group_normalization", "norm", **args)
    m.layer("flatten", "flat")
    m.classes(3)


@each("rms_normalization", {"default": dict(), "axes": dict(axis=[-2, -1], epsilon=0.01), "axes_positive": dict(axis=[2, 1])}, rows=13)
def _(m, **args):
    m.input("x", [3, 4])
    m.layer("dense", "d", units=5)
    m.layer("rms_normalization", "norm", **args)
    m.layer("flatten", "flat")
    m.classes(3)


@each("unit_normalization", {"default": dict(), "axis1": dict(axis=1), "axes": dict(axis=[1, 2])}, rows=13)
def _(m, **args):
    m.input("x", [3, 4])
    m.layer("dense", "d", units=5)
    m.layer("unit_normalization", "norm", **args)
    m.layer("dense", "e", units=3, activation="tanh")
    m.layer("flatten", "flat")
    m.classes(3)


DOTS = {
    "vectors": dict(a=[4], b=[4], axes=1),
    "cosine": dict(a=[4], b=[4], axes=-1, normalize=True),
    "matrices": dict(a=[3, 5], b=[2, 3], axes=[1, 2]),
    "matrix_vector": dict(a=[3, 5], b=[5], axes=[2, 1], normalize=True),
    "vector_matrix": dict(a=[3], b=[3, 2], axes=[1, 1]),
    "rank4": dict(a=[2, 3, 2], b=[3, 2, 4], axes=[2, 1]),
}


@each("dot", DOTS, rows=13)
def _(m, a, b, **args):
    x = m.input("x", a)
    y = m.input("y_in", b)
    p = m.layer("dense", "p", x, units=a[-1], activation="tanh")
    q = m.layer("dense", "q", y, units=b[-1], activation="tanh")
    m.layer("dot", "dot", p, q, **args)
    m.layer("flatten", "flat")
    m.regression()


# Regularization: the random masks are not Keras', but what they leave alone is.

NOISES = {
    "gaussian_noise": dict(kind="gaussian_noise", shape=[4], stddev=0.0),
    "gaussian_dropout": dict(kind="gaussian_dropout", shape=[4], rate=0.0),
    "alpha_dropout": dict(kind="alpha_dropout", shape=[4], rate=0.0),
    "spatial_dropout1d": dict(kind="spatial_dropout1d", shape=[3, 2], rate=0.0),
}


@each("noise_zero", NOISES, rows=11)
def _(m, kind, shape, **args):
    pooled(m, kind, shape, **args)


@case("noise_inference", rows=11)
def _(m):
    """Layers that are called with training=false do nothing."""
    m.input("x", [5, 4, 3])
    m.layer("dense", "d", units=3, activation="selu")
    m.layer("alpha_dropout", "a", training=False, rate=0.3)
    m.layer("gaussian_noise", "b", training=False, stddev=0.3)
    m.layer("gaussian_dropout", "c", training=False, rate=0.3)
    m.layer("spatial_dropout2d", "e", training=False, rate=0.3)
    m.layer("flatten", "flat")
    m.classes(3)

# Losses.


def images(m, loss, **weights):
    """Masks of two classes for each pixel."""
    m.input("x", [4, 5, 2])
    m.layer("conv2d", "conv", filters=3, kernel_size=3, padding="same", activation="relu")
    m.layer("conv2d", "head", filters=2, kernel_size=1, activation="sigmoid")
    m.target("y", m.ints(2, 4, 5, 2).astype(np.float32))
    if weights:
        m.weight("w")
    m.fit(loss=loss, optimizer=O("sgd", learning_rate=0.5), metrics=["mae"])


OVERLAPS = {
    "dice": dict(loss=O("dice")),
    "dice_axes": dict(loss=O("dice", axis=[1, 2, 3]), weight=True),
    "dice_weighted": dict(loss=O("dice", reduction="sum"), weight=True),
    "tversky": dict(loss=O("tversky", alpha=0.3, beta=0.7)),
    "tversky_channels": dict(loss=O("tversky", axis=[1, 2], reduction="mean_with_sample_weight")),
}
each("loss", OVERLAPS, rows=13, val=5)(images)

CLASS_LOSSES = {
    "categorical_hinge": dict(loss=O("categorical_hinge"), activation="linear"),
    "categorical_focal": dict(loss=O("categorical_focal_crossentropy", alpha=0.7, gamma=1.5, label_smoothing=0.1), activation="softmax"),
    "categorical_focal_logits": dict(loss=O("categorical_focal_crossentropy", from_logits=True, reduction="sum"), activation="linear"),
    "cosine_similarity": dict(loss=O("cosine_similarity"), activation="tanh"),
    "cosine_similarity_name": dict(loss="cosine_similarity", activation="linear"),
}


@each("loss", CLASS_LOSSES, rows=17, val=6)
def _(m, loss, activation):
    m.input("x", [5])
    m.layer("dense", "d", units=6, activation="tanh")
    m.layer("dense", "head", units=4, activation=activation)
    m.target("y", m.one_hot(4))
    m.fit(loss=loss, optimizer=O("sgd", learning_rate=0.1), metrics=["accuracy"])


@case("loss_generalized_cross_entropy", rows=17, val=6)
def _(m):
    m.input("x", [5])
    m.layer("dense", "d", units=6, activation="tanh")
    m.classes(4, loss=O("categorical_generalized_cross_entropy", q=0.7))

# Metrics, over batches and a validation split, the last batch of each being smaller.


@case("metrics_confusion", rows=29, val=10, test=9)
def _(m):
    m.input("x", [4])
    m.layer("dense", "d", units=5, activation="tanh")
    m.layer("dense", "head", units=1, activation="sigmoid")
    m.target("y", m.ints(2, 1).astype(np.float32))
    m.fit(loss="binary_crossentropy", metrics=[
        "true_positives", "false_positives", "true_negatives", O("false_negatives", thresholds=0.4), O("precision_at_recall", recall=0.5), O("recall_at_precision", precision=0.5, num_thresholds=21),
        O("sensitivity_at_specificity", specificity=0.4), O("specificity_at_sensitivity", sensitivity=0.4), "hinge", "squared_hinge", O("binary_io_u", threshold=0.45), O("f1_score", average="micro", threshold=0.5),
    ])


@case("metrics_of_classes", rows=29, val=10)
def _(m):
    m.input("x", [4])
    m.layer("dense", "d", units=5, activation="tanh")
    m.layer("dense", "head", units=3, activation="softmax")
    m.target("y", m.one_hot(3))
    m.fit(loss="categorical_crossentropy", metrics=[
        O("f1_score", average="macro"), O("fbeta_score", average="weighted", beta=2.0), "categorical_hinge", "cosine_similarity", O("one_hot_mean_io_u", num_classes=3), O("one_hot_io_u", num_classes=3, target_class_ids=[0, 2]),
        O("recall_at_precision", precision=0.3, class_id=1),
    ])


@case("metrics_of_labels", rows=29, val=10)
def _(m):
    m.input("x", [4, 3])
    m.layer("dense", "head", units=3, activation="softmax")
    m.target("y", m.ints(3, 4))
    m.fit(loss="sparse_categorical_crossentropy", metrics=[O("mean_io_u", num_classes=3, sparse_y_pred=False), O("io_u", num_classes=3, target_class_ids=[1], sparse_y_pred=False, ignore_class=0)])


@case("metrics_regression", rows=29, val=10)
def _(m):
    m.input("x", [4])
    m.layer("dense", "d", units=5, activation="tanh")
    m.target("y", m.normal(3))
    m.layer("dense", "head", units=3)
    m.weight("w")
    m.fit(loss="mse", metrics=["r2_score", O("log_cosh_error"), "pearson_correlation", O("concordance_correlation", axis=-1)], weighted_metrics=[O("r2_score", class_aggregation="variance_weighted_average", name="r2"), O("cosine_similarity", axis=1)])

# Optimizers.

OPTIMIZERS = {
    "lamb": O("lamb", learning_rate=0.02, weight_decay=0.05),
    "adafactor": O("adafactor", learning_rate=0.1, clip_threshold=0.8),
    "muon": O("muon", learning_rate=0.02, exclude_layers=["head"], global_clipnorm=2.0),
    "schedule_free_adamw": O("schedule_free_adamw", learning_rate=0.05, warmup_steps=4, weight_decay=0.01),
}


@each("optimizer", {k: dict(optimizer=v) for k, v in OPTIMIZERS.items()}, rows=23, val=7, epochs=3)
def _(m, optimizer):
    """A kernel of four axes, a matrix taller than wide and one wider than tall, an embedding, vectors."""
    x = m.input("x", [5, 4, 2])
    t = m.input("t", [3], dtype="int32", data=m.ints(6, 3))
    m.layer("conv2d", "conv", x, filters=3, kernel_size=2, activation="tanh")
    a = m.layer("flatten", "flat")
    e = m.layer("embedding", "words", t, input_dim=6, output_dim=2)
    b = m.layer("flatten", "flat2", e)
    m.layer("concatenate", "both", a, b)
    m.layer("dense", "d", units=5, activation="tanh")
    m.layer("dense", "wide", units=9, activation="tanh")
    m.classes(3, optimizer=optimizer)


@case("optimizer_adafactor_schedule", rows=23, epochs=3)
def _(m):
    m.input("x", [5])
    m.layer("dense", "d", units=5, activation="tanh")
    m.regression(optimizer=O("adafactor", learning_rate=O("exponential_decay", initial_learning_rate=0.3, decay_steps=3, decay_rate=0.8), use_ema=True, ema_momentum=0.9))
