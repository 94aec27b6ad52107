"""Cases with data_format = "channels_first", of every layer that has the argument."""

import numpy as np

from spec import O, Table

CASES = Table()
case, each = CASES.case, CASES.each

FIRST = dict(data_format="channels_first")

# kind, shape of the input with the channels first, arguments.
SINGLE = {
    "conv1d_causal": dict(kind="conv1d", shape=[3, 9], filters=4, kernel_size=3, padding="causal", dilation_rate=2),
    "conv1d_same_strides": dict(kind="conv1d", shape=[3, 10], filters=4, kernel_size=4, padding="same", strides=3, activation="relu"),
    "conv1d_groups": dict(kind="conv1d", shape=[4, 7], filters=6, kernel_size=2, groups=2),
    "conv2d_valid": dict(kind="conv2d", shape=[3, 7, 6], filters=4, kernel_size=[3, 2], activation="tanh"),
    "conv2d_same_strides": dict(kind="conv2d", shape=[2, 8, 7], filters=5, kernel_size=3, strides=2, padding="same"),
    "conv2d_groups_dilated": dict(kind="conv2d", shape=[4, 8, 9], filters=4, kernel_size=3, dilation_rate=2, groups=2, use_bias=False),
    "conv2d_softmax": dict(kind="conv2d", shape=[2, 5, 6], filters=3, kernel_size=2, activation="softmax"),
    "conv3d_same": dict(kind="conv3d", shape=[2, 4, 5, 3], filters=3, kernel_size=[2, 3, 2], padding="same"),
    "conv3d_strides": dict(kind="conv3d", shape=[2, 5, 5, 4], filters=3, kernel_size=2, strides=[2, 1, 2]),
    "conv1d_transpose": dict(kind="conv1d_transpose", shape=[2, 5], filters=3, kernel_size=3, strides=2, padding="same"),
    "conv2d_transpose": dict(kind="conv2d_transpose", shape=[2, 4, 3], filters=3, kernel_size=3, strides=2, output_padding=1),
    "conv3d_transpose": dict(kind="conv3d_transpose", shape=[2, 2, 3, 2], filters=2, kernel_size=2, strides=2),
    "depthwise_conv1d": dict(kind="depthwise_conv1d", shape=[3, 7], kernel_size=3, depth_multiplier=2),
    "depthwise_conv2d": dict(kind="depthwise_conv2d", shape=[3, 6, 5], kernel_size=3, padding="same", strides=2),
    "separable_conv1d": dict(kind="separable_conv1d", shape=[3, 7], filters=4, kernel_size=3),
    "separable_conv2d": dict(kind="separable_conv2d", shape=[3, 6, 7], filters=4, kernel_size=3, depth_multiplier=2, activation="relu"),
    "max_pooling1d": dict(kind="max_pooling1d", shape=[3, 7], pool_size=2),
    "max_pooling2d_same": dict(kind="max_pooling2d", shape=[3, 7, 6], pool_size=[3, 2], strides=2, padding="same"),
    "max_pooling3d": dict(kind="max_pooling3d", shape=[2, 4, 5, 4], pool_size=2),
    "average_pooling1d": dict(kind="average_pooling1d", shape=[3, 7], pool_size=3, strides=2, padding="same"),
    "average_pooling2d": dict(kind="average_pooling2d", shape=[3, 7, 6], pool_size=2),
    "average_pooling3d_same": dict(kind="average_pooling3d", shape=[2, 3, 5, 4], pool_size=2, padding="same"),
    "global_average_pooling1d": dict(kind="global_average_pooling1d", shape=[3, 5]),
    "global_average_pooling2d_keepdims": dict(kind="global_average_pooling2d", shape=[3, 5, 4], keepdims=True),
    "global_average_pooling3d": dict(kind="global_average_pooling3d", shape=[3, 2, 3, 4]),
    "global_max_pooling1d": dict(kind="global_max_pooling1d", shape=[3, 5]),
    "global_max_pooling2d": dict(kind="global_max_pooling2d", shape=[3, 5, 4]),
    "global_max_pooling3d_keepdims": dict(kind="global_max_pooling3d", shape=[3, 2, 3, 4], keepdims=True),
    "adaptive_average_pooling2d": dict(kind="adaptive_average_pooling2d", shape=[2, 7, 6], output_size=[3, 2]),
    "adaptive_max_pooling1d": dict(kind="adaptive_max_pooling1d", shape=[2, 7], output_size=3),
    "cropping2d": dict(kind="cropping2d", shape=[2, 6, 7], cropping=[[1, 0], [2, 1]]),
    "cropping3d": dict(kind="cropping3d", shape=[2, 4, 5, 3], cropping=1),
    "zero_padding1d": dict(kind="zero_padding1d", shape=[2, 5], padding=[2, 1]),
    "zero_padding2d": dict(kind="zero_padding2d", shape=[2, 4, 3], padding=[[1, 0], [2, 1]]),
    "zero_padding3d": dict(kind="zero_padding3d", shape=[2, 2, 3, 2], padding=[1, 0, 2]),
    "up_sampling2d": dict(kind="up_sampling2d", shape=[2, 3, 4], size=[2, 3]),
    "up_sampling2d_bilinear": dict(kind="up_sampling2d", shape=[2, 3, 4], size=2, interpolation="bilinear"),
    "up_sampling3d": dict(kind="up_sampling3d", shape=[2, 2, 3, 2], size=2),
    "flatten": dict(kind="flatten", shape=[3, 4, 2]),
}


@each("channels_first", SINGLE, rows=13, batch=5)
def _(m, kind, shape, **args):
    """A layer with weights before it, so that the gradient with respect to its input counts; the head reads the axes in the order in which they come out."""
    m.input("x", shape)
    m.layer("dense", "before", units=shape[-1], activation="tanh")
    m.layer(kind, "a", **args, **FIRST)
    if kind != "flatten":
        m.layer("flatten", "f")
    m.regression()


@case("channels_first_network", rows=14, batch=6)
def _(m):
    """A residual network, all of it with the channels first."""
    m.input("x", [3, 9, 8])
    a = m.layer("conv2d", "stem", filters=4, kernel_size=3, padding="same", use_bias=False, **FIRST)
    m.layer("batch_normalization", "bn1", axis=1)
    m.layer("activation", "relu1", activation="relu")
    m.layer("dropout", "drop", rate=0.0)
    m.layer("conv2d", "c1", filters=4, kernel_size=3, padding="same", **FIRST)
    b = m.layer("batch_normalization", "bn2", axis=-3)
    m.layer("add", "sum", a, b)
    c = m.layer("relu", "relu2")
    d = m.layer("depthwise_conv2d", "dw", kernel_size=3, padding="same", **FIRST)
    m.layer("concatenate", "cat", c, d, axis=1)
    m.layer("max_pooling2d", "pool", **FIRST)
    m.layer("layer_normalization", "ln", axis=1)
    m.layer("conv2d", "c2", filters=3, kernel_size=2, activation="gelu", **FIRST)
    m.layer("flatten", "f")
    m.classes(3, metrics=["accuracy"])


@case("channels_first_mixed", rows=11, batch=4)
def _(m):
    """Values with the channels first that are also read as they are."""
    m.input("x", [2, 6, 5])
    a = m.layer("conv2d", "a", filters=3, kernel_size=2, **FIRST)
    m.layer("permute", "p", dims=[2, 3, 1])
    b = m.layer("conv2d", "b", filters=2, kernel_size=2)
    gb = m.layer("global_average_pooling2d", "gb", b)
    m.layer("softmax", "s", a, axis=1)
    c = m.layer("global_max_pooling2d", "gc", **FIRST)
    m.layer("multiply", "m", a, a)
    d = m.layer("flatten", "fd")
    m.layer("concatenate", "cat", gb, c, d)
    m.regression(optimizer=O("sgd", learning_rate=0.02))


@case("channels_first_time_distributed", rows=9, batch=4)
def _(m):
    m.input("x", [3, 2, 5, 4])
    m.layer("time_distributed", "t", inner=[("conv2d", "c", dict(filters=3, kernel_size=2, **FIRST))])
    m.layer("flatten", "f", data_format="channels_first")
    m.regression(optimizer=O("sgd", learning_rate=0.02))
