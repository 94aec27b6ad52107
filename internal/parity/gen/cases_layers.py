"""Cases of single layers: every layer, argument and shape that is easy to get wrong, in the smallest model that trains."""

import numpy as np

from spec import O, Table

CASES = Table()
case, each = CASES.case, CASES.each


# Dense.


@case("dense_chain", rows=29)
def _(m):
    m.input("x", [7])
    m.layer("dense", "a", units=17, activation="relu")
    m.layer("dense", "b", units=1, use_bias=False)
    m.layer("dense", "c", units=5, activation="tanh")
    m.regression(3)


@case("dense_rank3")
def _(m):
    m.input("x", [5, 6])
    m.layer("dense", "a", units=4, activation="relu")
    m.layer("dense", "b", units=3)
    m.target("y", m.normal(5, 3))
    m.fit(loss="mse")


@case("dense_rank4_to_flat")
def _(m):
    m.input("x", [3, 2, 4])
    m.layer("dense", "a", units=3, activation="sigmoid")
    m.layer("flatten", "f")
    m.classes(4, optimizer="adam")


@case("dense_named_constraints", rows=19)
def _(m):
    m.input("x", [6])
    m.layer("dense", "a", units=8, kernel_constraint="non_neg", bias_constraint=O("max_norm", max_value=0.3), kernel_regularizer="l2", bias_regularizer="l1", activity_regularizer="l2", activation="softplus")
    m.regression()


@case("batch_of_one", rows=5, batch=1)
def _(m):
    m.input("x", [4])
    m.layer("dense", "a", units=3, activation="tanh")
    m.regression()


@case("batch_larger_than_data", rows=11, batch=64, epochs=4)
def _(m):
    m.input("x", [4])
    m.layer("dense", "a", units=3, activation="tanh")
    m.regression()


# Convolution: kernel, strides, padding, dilation, groups, on odd images.

CONVS = {
    "valid_3x3": dict(shape=[7, 6, 2], filters=3, kernel_size=[3, 3]),
    "kernel_number": dict(shape=[6, 7, 1], filters=5, kernel_size=3, activation="relu"),
    "same_3x3": dict(shape=[5, 6, 3], filters=4, kernel_size=[3, 3], padding="same"),
    "same_2x2_strides2": dict(shape=[7, 6, 2], filters=3, kernel_size=2, strides=2, padding="same"),
    "same_4x4_strides2": dict(shape=[7, 8, 2], filters=3, kernel_size=4, strides=2, padding="same"),
    "same_4x4": dict(shape=[6, 5, 2], filters=3, kernel_size=4, padding="same"),
    "same_3x3_strides2": dict(shape=[8, 7, 3], filters=3, kernel_size=3, strides=2, padding="same"),
    "same_2x3_strides3": dict(shape=[10, 8, 2], filters=2, kernel_size=[2, 3], strides=3, padding="same"),
    "valid_3x3_strides2": dict(shape=[8, 7, 2], filters=3, kernel_size=3, strides=2),
    "strides_over_kernel": dict(shape=[9, 8, 2], filters=3, kernel_size=2, strides=3),
    "strides_over_kernel_same": dict(shape=[9, 8, 2], filters=3, kernel_size=1, strides=3, padding="same"),
    "aniso_3x5_strides_2x1": dict(shape=[8, 9, 2], filters=3, kernel_size=[3, 5], strides=[2, 1]),
    "aniso_1x7_strides_1x3_same": dict(shape=[4, 11, 2], filters=3, kernel_size=[1, 7], strides=[1, 3], padding="same"),
    "aniso_5x2_strides_3x2_same": dict(shape=[10, 7, 2], filters=2, kernel_size=[5, 2], strides=[3, 2], padding="same"),
    "1x1": dict(shape=[5, 4, 3], filters=6, kernel_size=1, activation="relu"),
    "1x1_strides2": dict(shape=[5, 6, 3], filters=4, kernel_size=1, strides=2, use_bias=False),
    "7x7_same_strides2": dict(shape=[11, 9, 2], filters=3, kernel_size=7, strides=2, padding="same"),
    "kernel_over_image_same": dict(shape=[3, 4, 2], filters=3, kernel_size=[5, 7], padding="same"),
    "kernel_is_image": dict(shape=[5, 4, 2], filters=6, kernel_size=[5, 4]),
    "dilated_valid": dict(shape=[9, 8, 2], filters=3, kernel_size=3, dilation_rate=2),
    "dilated_same": dict(shape=[7, 8, 2], filters=3, kernel_size=3, dilation_rate=[2, 3], padding="same"),
    "dilated_even_same": dict(shape=[7, 8, 2], filters=3, kernel_size=[2, 4], dilation_rate=[3, 2], padding="same"),
    "groups2": dict(shape=[5, 6, 4], filters=6, kernel_size=3, groups=2),
    "groups_depthwise": dict(shape=[6, 5, 3], filters=6, kernel_size=3, groups=3, padding="same"),
    "groups_same_strides2": dict(shape=[7, 7, 6], filters=3, kernel_size=[2, 3], strides=2, groups=3, padding="same", use_bias=False),
    "groups_dilated": dict(shape=[8, 7, 4], filters=4, kernel_size=2, groups=2, dilation_rate=2),
    "many_channels": dict(shape=[4, 4, 17], filters=19, kernel_size=3, padding="same", use_bias=False),
    "gelu": dict(shape=[5, 5, 2], filters=4, kernel_size=3, activation="gelu"),
    "softmax_channels": dict(shape=[5, 5, 2], filters=4, kernel_size=2, activation="softmax"),
    "regularized": dict(shape=[5, 5, 2], filters=4, kernel_size=3, kernel_regularizer=O("l2", l2=0.02), bias_regularizer=O("l1", l1=0.03), activity_regularizer=O("l2", l2=0.004)),
    "max_norm": dict(shape=[5, 5, 2], filters=4, kernel_size=3, kernel_constraint=O("max_norm", max_value=0.6, axis=[0, 1, 2]), bias_constraint="non_neg"),
}


@each("conv2d", CONVS, rows=13, batch=5)
def _(m, shape, **args):
    m.input("x", shape)
    m.layer("conv2d", "conv", **args)
    m.layer("flatten", "flat")
    m.classes(3, optimizer=O("sgd", learning_rate=0.1, momentum=0.9))


@case("convolutions_pooled", rows=11, val=7, test=5)
def _(m):
    """Convolutions that only a pooling reads, in validation and evaluation too: of sequences, images and volumes."""
    x, y, z = m.input("x", [8, 3]), m.input("image", [8, 8, 2]), m.input("volume", [4, 4, 4, 2])
    m.layer("conv1d", "a", x, filters=4, kernel_size=3, padding="same", activation="relu")
    m.layer("max_pooling1d", "a_max", pool_size=2)
    m.layer("conv1d", "b", filters=3, kernel_size=2, padding="causal")
    m.layer("average_pooling1d", "b_mean", pool_size=4)
    p = m.layer("flatten", "p")
    m.layer("conv2d", "c", y, filters=3, kernel_size=3, padding="same")
    m.layer("adaptive_average_pooling2d", "c_mean", output_size=4)
    m.layer("depthwise_conv2d", "d", kernel_size=3, padding="same")
    m.layer("adaptive_max_pooling2d", "d_max", output_size=[4, 2])
    q = m.layer("flatten", "q")
    m.layer("conv3d", "e", z, filters=2, kernel_size=2, padding="same")
    m.layer("max_pooling3d", "e_max", pool_size=2)
    r = m.layer("flatten", "r")
    m.layer("concatenate", "all", p, q, r)
    m.regression(optimizer=O("sgd", learning_rate=0.05))


@case("conv2d_two_deep", rows=17)
def _(m):
    """The gradient towards the image matters from the second convolution on: strides, same padding, groups and dilation all behind another one."""
    m.input("x", [9, 10, 2])
    m.layer("conv2d", "a", filters=4, kernel_size=3, padding="same", activation="relu")
    m.layer("conv2d", "b", filters=4, kernel_size=4, strides=[2, 3], padding="same", activation="tanh")
    m.layer("conv2d", "c", filters=6, kernel_size=2, groups=2, dilation_rate=[2, 1], padding="same", activation="relu")
    m.layer("conv2d", "d", filters=3, kernel_size=[3, 2], strides=2)
    m.layer("flatten", "flat")
    m.classes(3, optimizer=O("adam", learning_rate=0.01))


# Pooling.

POOLS = {
    "default": dict(shape=[6, 8, 3]),
    "odd_valid": dict(shape=[7, 5, 2], pool_size=2),
    "odd_same": dict(shape=[7, 5, 2], pool_size=2, padding="same"),
    "overlap_same": dict(shape=[7, 8, 2], pool_size=3, strides=2, padding="same"),
    "overlap_valid": dict(shape=[7, 8, 2], pool_size=3, strides=1),
    "overlap_same_strides1": dict(shape=[5, 4, 2], pool_size=[3, 2], strides=1, padding="same"),
    "aniso": dict(shape=[7, 9, 2], pool_size=[2, 3]),
    "aniso_strides": dict(shape=[7, 9, 2], pool_size=[3, 1], strides=[1, 2], padding="same"),
    "strides_over_pool": dict(shape=[8, 9, 2], pool_size=2, strides=3),
    "whole": dict(shape=[4, 5, 3], pool_size=[4, 5]),
    "over_image_same": dict(shape=[3, 2, 2], pool_size=[5, 4], strides=2, padding="same"),
}


def pooled(m, kind, shape, **args):
    m.input("x", shape)
    m.layer("conv2d", "conv", filters=shape[-1] + 1, kernel_size=2, padding="same", activation="tanh")
    m.layer(kind, "pool", **args)
    m.layer("flatten", "flat")
    m.classes(3)


each("max_pooling2d", POOLS, rows=13, batch=5)(lambda m, **v: pooled(m, "max_pooling2d", **v))
each("average_pooling2d", {k: dict(v, pool_size=v.get("pool_size", 2)) for k, v in POOLS.items()}, rows=13, batch=5)(lambda m, **v: pooled(m, "average_pooling2d", **v))


@case("max_pooling2d_negative", rows=11)
def _(m):
    """Padding must never win a maximum: all values are negative."""
    m.input("x", [5, 5, 2], data=-1 - m.uniform(5, 5, 2))
    m.layer("max_pooling2d", "pool", pool_size=3, strides=2, padding="same")
    m.layer("flatten", "flat")
    m.classes(3)


@case("max_pooling2d_ties", rows=13)
def _(m):
    """Equal values in a window: the gradient goes to the first one. The embedding's rows are the pixels, two of them equal."""
    m.input("x", [4, 6], dtype="int32", data=m.ints(3, 4, 6))
    m.layer("embedding", "e", input_dim=3, output_dim=2)
    m.layer("zero_padding2d", "pad", padding=1)
    m.layer("conv2d", "mix", filters=2, kernel_size=1, use_bias=False)
    m.layer("max_pooling2d", "pool", pool_size=[3, 2], strides=[2, 1])
    m.layer("flatten", "flat")
    m.classes(3)


GLOBALS = {
    f"{which}{'_keepdims' if keep else ''}": dict(kind=f"global_{which}_pooling2d", keep=keep) for which in ("average", "max") for keep in (False, True)
}


@each("global_pooling2d", GLOBALS, rows=13)
def _(m, kind, keep):
    m.input("x", [5, 4, 2])
    m.layer("conv2d", "conv", filters=5, kernel_size=2, activation="tanh")
    m.layer(kind, "pool", **({"keepdims": True} if keep else {}))
    if keep:
        m.layer("conv2d", "after", filters=4, kernel_size=1, activation="relu")
        m.layer("flatten", "flat")
    m.classes(3)


# Shapes.


@case("reshape_minus_one", rows=13)
def _(m):
    m.input("x", [24])
    m.layer("dense", "a", units=24, activation="tanh")
    m.layer("reshape", "image", target_shape=[2, -1, 3])
    m.layer("conv2d", "conv", filters=2, kernel_size=[2, 3], activation="relu")
    m.layer("reshape", "line", target_shape=[-1])
    m.classes(3)


@case("reshape_to_tokens", rows=13)
def _(m):
    m.input("x", [4, 6])
    m.layer("reshape", "r", target_shape=[8, 3])
    m.layer("dense", "d", units=2, activation="tanh")
    m.layer("reshape", "s", target_shape=[16])
    m.regression()


@case("flatten_of_scalar_and_vector", rows=13)
def _(m):
    a = m.input("a", [])
    b = m.input("b", [3])
    fa = m.layer("flatten", "fa", a)
    fb = m.layer("flatten", "fb", b)
    m.layer("concatenate", "c", fa, fb)
    m.layer("dense", "h", units=5, activation="tanh")
    m.regression()


PADS = {
    "number": dict(padding=2),
    "pair": dict(padding=[1, 2]),
    "pairs": dict(padding=[[1, 0], [2, 3]]),
    "zero": dict(padding=[[0, 0], [0, 1]]),
    "default": dict(),
}


@each("zero_padding2d", PADS, rows=11)
def _(m, **args):
    m.input("x", [4, 3, 2])
    m.layer("dense", "d", units=2, activation="tanh")
    m.layer("zero_padding2d", "pad", **args)
    m.layer("conv2d", "conv", filters=3, kernel_size=3, strides=2, activation="relu")
    m.layer("flatten", "flat")
    m.classes(3)


@case("rescaling_scalar", rows=11)
def _(m):
    m.input("x", [5], data=m.ints(256, 5).astype(np.float32))
    m.layer("rescaling", "scale", scale=0.00392156862745098, offset=-0.5)
    m.layer("dense", "d", units=6, activation="relu")
    m.regression()


@case("rescaling_channels", rows=11)
def _(m):
    m.input("x", [4, 4, 3], data=m.ints(256, 4, 4, 3).astype(np.float32))
    m.layer("rescaling", "scale", scale=[0.01, 0.02, 0.005], offset=[-1.0, -0.5, 0.25])
    m.layer("conv2d", "conv", filters=3, kernel_size=2, activation="tanh")
    m.layer("rescaling", "again", scale=2.0)
    m.layer("flatten", "flat")
    m.classes(3)


@case("rescaling_bytes", rows=11)
def _(m):
    """uint8 pixels in the npz."""
    m.input("x", [4, 4, 1], data=m.ints(256, 4, 4, 1).astype(np.uint8))
    m.layer("rescaling", "scale", scale=0.00392156862745098)
    m.layer("flatten", "flat")
    m.classes(3, optimizer="adam")


# Normalization.

NORMS = {
    "dense": dict(shape=[5], units=6),
    "momentum_epsilon": dict(shape=[5], units=6, momentum=0.7, epsilon=0.05),
    "no_center": dict(shape=[5], units=6, center=False),
    "no_scale": dict(shape=[5], units=6, scale=False),
    "neither": dict(shape=[5], units=6, center=False, scale=False),
    "rank3": dict(shape=[4, 5], units=3, momentum=0.8),
    "rank3_axis1": dict(shape=[4, 5], units=3, axis=1),
    "frozen": dict(shape=[5], units=6, trainable=False),
    "inference": dict(shape=[5], units=6, training=False),
    "regularized": dict(shape=[5], units=6, gamma_regularizer=O("l2", l2=0.03), beta_regularizer=O("l1", l1=0.02), gamma_constraint="non_neg", beta_constraint=O("max_norm", max_value=0.2)),
}


@each("batch_normalization", NORMS, rows=21, batch=8)
def _(m, shape, units, **args):
    m.input("x", shape)
    m.layer("dense", "d", units=units, use_bias=False)
    m.layer("batch_normalization", "bn", **args)
    m.layer("activation", "act", activation="relu")
    if len(shape) > 1:
        m.layer("flatten", "flat")
    m.classes(3)


@each("batch_normalization_image", {"channels": dict(), "axis1": dict(axis=1), "axis2_no_scale": dict(axis=2, scale=False), "momentum": dict(momentum=0.5, epsilon=1e-5), "one_pixel": dict(shape=[1, 1, 3])}, rows=13, batch=5)
def _(m, shape=(4, 5, 3), **args):
    m.input("x", list(shape))
    m.layer("conv2d", "conv", filters=4, kernel_size=3, padding="same", use_bias=False)
    m.layer("batch_normalization", "bn", **args)
    m.layer("activation", "act", activation="relu")
    m.layer("flatten", "flat")
    m.classes(3, optimizer=O("sgd", learning_rate=0.05, momentum=0.9))


@case("batch_normalization_renorm", rows=21)
def _(m):
    """Batch renormalization: five more weights."""
    m.input("x", [5])
    m.layer("dense", "d", units=4, use_bias=False)
    m.layer("batch_normalization", "bn", momentum=0.8, renorm=True, renorm_momentum=0.7)
    m.classes(3)


@case("batch_normalization_last_batch_of_one", rows=9, batch=4)
def _(m):
    """The last batch has one row: variance 0, output beta."""
    m.input("x", [4])
    m.layer("dense", "d", units=5)
    m.layer("batch_normalization", "bn", epsilon=0.1)
    m.layer("dense", "e", units=4, activation="tanh")
    m.regression(optimizer=O("sgd", learning_rate=0.02))


@case("batch_normalization_first", rows=19)
def _(m):
    """On the input itself, far from zero mean: the variance must not cancel."""
    m.input("x", [5], data=m.normal(5) * 0.5 + 20)
    m.layer("batch_normalization", "bn", momentum=0.9)
    m.layer("dense", "d", units=4, activation="tanh")
    m.regression()


@case("batch_normalization_shared", rows=17)
def _(m):
    """Called twice: the moving statistics move twice a step."""
    a = m.input("a", [4])
    b = m.input("b", [4])
    x = m.layer("batch_normalization", "bn", a, momentum=0.8)
    y = m.reuse("bn_b", x, b)
    m.layer("concatenate", "j", x, y)
    m.layer("dense", "d", units=5, activation="tanh")
    m.regression()


LNORMS = {
    "last": dict(),
    "axis1": dict(axis=1),
    "axes": dict(axis=[1, 2]),
    "axes_split": dict(axis=[-1, 1], shape=[3, 4, 2]),
    "axes_image": dict(axis=[1, 2, 3], shape=[3, 4, 2]),
    "axis2_image": dict(axis=2, shape=[3, 4, 2]),
    "no_center": dict(center=False, epsilon=0.01),
    "no_scale": dict(scale=False),
    "neither": dict(center=False, scale=False),
    "regularized": dict(gamma_regularizer=O("l1", l1=0.03), beta_regularizer=O("l2", l2=0.5), gamma_constraint=O("min_max_norm", min_value=0.5, max_value=1.5)),
}


@each("layer_normalization", LNORMS, rows=13)
def _(m, shape=(4, 5), **args):
    m.input("x", list(shape))
    m.layer("dense", "d", units=4)
    m.layer("layer_normalization", "ln", **args)
    m.layer("flatten", "flat")
    m.classes(3)


@case("layer_normalization_axes_turned", rows=11)
def _(m):
    """Keras sorts the axes, as numbers."""
    m.input("x", [3, 4])
    m.layer("layer_normalization", "n", axis=[2, 1])
    m.layer("flatten", "flat")
    m.regression()


@case("layer_normalization_vector", rows=13)
def _(m):
    m.input("x", [7], data=m.normal(7) * 3 + 10)
    m.layer("layer_normalization", "ln")
    m.layer("dense", "d", units=4, activation="gelu")
    m.layer("layer_normalization", "ln2", epsilon=1e-6)
    m.regression()


# Embedding.


@case("embedding_scalar", rows=23)
def _(m):
    m.input("x", [], dtype="int32", data=m.ints(9))
    m.layer("embedding", "e", input_dim=9, output_dim=5)
    m.layer("dense", "d", units=4, activation="relu")
    m.classes(3, optimizer=O("adam", learning_rate=0.02))


@case("embedding_sequence", rows=23)
def _(m):
    """Few rows, many repetitions; rows that a batch does not look up still move under momentum."""
    m.input("x", [6], dtype="int32", data=m.ints(4, 6))
    m.layer("embedding", "e", input_dim=11, output_dim=3)
    m.layer("flatten", "flat")
    m.classes(3, optimizer=O("sgd", learning_rate=0.3, momentum=0.8))


@case("embedding_grid", rows=13)
def _(m):
    m.input("x", [4, 5], dtype="int32", data=m.ints(7, 4, 5))
    m.layer("embedding", "e", input_dim=7, output_dim=2)
    m.layer("conv2d", "conv", filters=3, kernel_size=3, activation="relu")
    m.layer("flatten", "flat")
    m.classes(3)


@case("embedding_regularized", rows=17)
def _(m):
    """Decay, clipping, regularizer and constraint take every row, looked up or not."""
    m.input("x", [3], dtype="int32", data=m.ints(5, 3))
    m.layer("embedding", "e", input_dim=8, output_dim=4, embeddings_regularizer=O("l2", l2=0.02), embeddings_constraint=O("max_norm", max_value=0.1, axis=1))
    m.layer("flatten", "flat")
    m.classes(3, optimizer=O("adamw", learning_rate=0.02, weight_decay=0.05, global_clipnorm=0.7))


@case("embedding_int64", rows=17)
def _(m):
    m.input("x", [3], dtype="int32", data=m.ints(8, 3).astype(np.int64))
    m.layer("embedding", "e", input_dim=8, output_dim=4, embeddings_initializer="glorot_uniform")
    m.layer("flatten", "flat")
    m.classes(3, optimizer="rmsprop")


# Merging.


@each("merge", {k: dict(kind=k) for k in ("add", "multiply", "average", "maximum", "minimum")}, rows=13)
def _(m, kind):
    """Three inputs, one of them broadcast."""
    x = m.input("x", [4, 5])
    a = m.layer("dense", "a", x, units=3, activation="tanh")
    b = m.layer("dense", "b", x, units=3)
    c = m.layer("dense", "c", x, units=1)
    m.layer(kind, "merge", a, b, c)
    m.layer("flatten", "flat")
    m.regression()


@each("merge_ranks", {k: dict(kind=k) for k in ("add", "subtract", "multiply", "average", "maximum", "minimum")}, rows=13)
def _(m, kind):
    """Ranks 4 and 2: the lower one gets axes behind the batch."""
    x = m.input("x", [2, 3, 4])
    z = m.input("z", [5])
    a = m.layer("conv2d", "a", x, filters=3, kernel_size=1)
    b = m.layer("dense", "b", z, units=3)
    m.layer(kind, "merge", a, b)
    m.layer("flatten", "flat")
    m.regression()


@each("merge_same", {k: dict(kind=k) for k in ("add", "multiply", "maximum", "subtract")}, rows=13)
def _(m, kind):
    """A tensor with itself: both gradients add up; at a tie of a maximum each gets half."""
    m.input("x", [4])
    a = m.layer("dense", "a", units=5, activation="tanh")
    m.layer(kind, "merge", a, a)
    m.layer("dense", "b", units=3)
    m.regression()


@case("subtract_broadcast", rows=13)
def _(m):
    x = m.input("x", [4, 3])
    a = m.layer("dense", "a", x, units=1)
    b = m.layer("dense", "b", x, units=5, activation="relu")
    m.layer("subtract", "s", a, b)
    m.layer("flatten", "flat")
    m.regression()


@case("concatenate_last", rows=13)
def _(m):
    x = m.input("x", [4])
    a = m.layer("dense", "a", x, units=3, activation="relu")
    b = m.layer("dense", "b", x, units=1, activation="tanh")
    m.layer("concatenate", "c", a, x, b, a)
    m.regression(3)


@case("concatenate_axis1", rows=13)
def _(m):
    x = m.input("x", [4, 3])
    z = m.input("z", [2, 3])
    a = m.layer("dense", "a", x, units=3, activation="relu")
    m.layer("concatenate", "c", a, z, x, axis=1)
    m.layer("dense", "d", units=2, activation="tanh")
    m.layer("flatten", "flat")
    m.regression()


@case("concatenate_image", rows=11)
def _(m):
    x = m.input("x", [4, 5, 2])
    a = m.layer("conv2d", "a", x, filters=3, kernel_size=3, padding="same", activation="relu")
    b = m.layer("conv2d", "b", x, filters=1, kernel_size=[1, 3], padding="same")
    c = m.layer("concatenate", "channels", a, b, x)
    d = m.layer("conv2d", "d", c, filters=6, kernel_size=[2, 1], padding="same")
    m.layer("concatenate", "rows", c, d, axis=-3)
    m.layer("concatenate", "columns", m.last, m.last, axis=2)
    m.layer("global_average_pooling2d", "pool")
    m.classes(3)


# Dropout and training=false.


@case("dropout_rate_zero", rows=11)
def _(m):
    m.input("x", [5])
    m.layer("dense", "d", units=6, activation="relu")
    m.layer("dropout", "drop", rate=0)
    m.classes(3)


@case("dropout_inference", rows=11)
def _(m):
    """A dropout that is called with training=false does nothing; its seed generator stands in the weights files and is ignored."""
    m.input("x", [5])
    m.layer("dense", "d", units=6, activation="relu")
    m.layer("dropout", "drop", training=False, rate=0.5)
    m.classes(3)


# Masks.


def tokens(m, length=6, words=5):
    """A sequence of word numbers in which 0 is padding; its embedding makes a mask."""
    data = m.ints(words, length)
    data[:, 0] = np.maximum(data[:, 0], 1)
    m.input("x", [length], dtype="int32", data=data)
    m.layer("embedding", "e", input_dim=words, output_dim=4, mask_zero=True)


@each("mask_loss", {r: dict(reduction=r) for r in ("sum_over_batch_size", "sum", "mean_with_sample_weight")}, rows=13)
def _(m, reduction):
    """The mask reaches the loss: padding counts nothing, and the mean is over what is left."""
    tokens(m)
    m.layer("dense", "d", units=4, activation="tanh")
    m.layer("dense", "head", units=3, activation="softmax")
    m.target("y", m.ints(3, 6))
    m.fit(loss=O("sparse_categorical_crossentropy", reduction=reduction), optimizer=O("sgd", learning_rate=0.05), metrics=["accuracy"])


@case("mask_through_layers", rows=13)
def _(m):
    tokens(m)
    a = m.layer("layer_normalization", "ln")
    m.layer("dropout", "drop", rate=0)
    b = m.layer("dense", "d", units=4)
    m.layer("batch_normalization", "bn", momentum=0.8)
    c = m.layer("activation", "act", activation="relu")
    m.layer("add", "sum", a, c)
    m.layer("concatenate", "join", m.last, b)
    m.layer("dense", "head", units=2)
    m.target("y", m.normal(6, 2))
    m.fit(loss="mse", optimizer=O("sgd", learning_rate=0.05), metrics=["mae"])


# Channels first, an argument of Keras' image layers.


@case("channels_first", rows=11)
def _(m):
    m.input("x", [3, 6, 5])
    m.layer("conv2d", "conv", filters=4, kernel_size=[2, 3], padding="same", strides=[2, 1], data_format="channels_first", activation="relu")
    m.layer("zero_padding2d", "pad", padding=[[1, 0], [0, 1]], data_format="channels_first")
    m.layer("max_pooling2d", "max", pool_size=2, strides=1, data_format="channels_first")
    m.layer("average_pooling2d", "mean", pool_size=[1, 2], padding="same", data_format="channels_first")
    m.layer("flatten", "flat", data_format="channels_first")
    m.classes(3)


@case("channels_first_global", rows=11)
def _(m):
    x = m.input("x", [3, 6, 5])
    a = m.layer("global_average_pooling2d", "a", x, data_format="channels_first")
    b = m.layer("global_max_pooling2d", "b", x, data_format="channels_first")
    m.layer("concatenate", "j", a, b)
    m.classes(3)


# Batch normalization: renorm, and sequences with a mask.

RENORM = {
    "plain": dict(),
    "clipped": dict(renorm_clipping={"rmin": 0.8, "rmax": 1.2, "dmax": 0.3}, renorm_momentum=0.7),
    "rmax_alone": dict(renorm_clipping={"rmax": 1.05}, scale=False),
    "no_center": dict(center=False, momentum=0.6, renorm_momentum=0.5, epsilon=0.01),
}


@each("renorm", RENORM, rows=13, batch=5, val=4)
def _(m, **args):
    m.input("x", [6])
    m.layer("dense", "d", units=4)
    m.layer("batch_normalization", "bn", renorm=True, **args)
    m.regression()


@case("renorm_image", rows=11, batch=4)
def _(m):
    m.input("x", [3, 5, 4])
    m.layer("conv2d", "c", filters=3, kernel_size=2, use_bias=False, data_format="channels_first")
    m.layer("batch_normalization", "bn", renorm=True, axis=1, momentum=0.8)
    m.layer("relu", "r")
    m.layer("flatten", "f")
    m.regression()


def padded_words(m, words=6, length=5):
    data = m.ints(words, length, low=1)
    data[0::3, 3:] = 0
    data[1::3, :1] = 0
    x = m.input("x", [length], dtype="int32", data=data)
    return m.layer("embedding", "e", x, input_dim=words, output_dim=3, mask_zero=True)


MASKED_NORM = {"last": dict(momentum=0.7), "renorm": dict(renorm=True, renorm_momentum=0.6), "axis1": dict(axis=1, scale=False)}


@each("batch_normalization_mask", MASKED_NORM, rows=13, batch=5, val=4)
def _(m, **args):
    padded_words(m)
    m.layer("batch_normalization", "bn", **args)
    m.layer("lstm", "r", units=3)
    m.regression()
