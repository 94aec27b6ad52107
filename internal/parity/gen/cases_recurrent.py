"""Cases of the recurrent layers: cells, arguments, masks, states, wrappers."""

import numpy as np

from spec import O, T, Table

CASES = Table()
case, each = CASES.case, CASES.each

KINDS = ("lstm", "gru", "simple_rnn")
SGD = O("sgd", learning_rate=0.2, momentum=0.9)


def head(m, sequences=False, units=2, **fit):
    """A dense layer that the targets are held against: at each step where the layer before puts out sequences."""
    m.layer("dense", "head", units=units)
    m.target("y", m.normal(m.last.tensor.shape[1], units) if sequences else m.normal(units))
    m.fit(loss="mse", optimizer=fit.pop("optimizer", SGD), **fit)


# Every cell with the same arguments, between a dense layer, so that the gradient with respect to the input counts, and a dense one.

ARGUMENTS = {
    "last": dict(units=5),
    "sequences": dict(units=4, return_sequences=True),
    "backwards": dict(units=4, return_sequences=True, go_backwards=True),
    "backwards_last": dict(units=3, go_backwards=True, use_bias=False),
    "relu": dict(units=4, activation="relu", return_sequences=True),
    "linear": dict(units=3, activation="linear"),
    "softsign": dict(units=3, activation="softsign", return_sequences=True),
    "elu": dict(units=3, activation="elu"),
    "regularized": dict(units=4, kernel_regularizer=O("l2", l2=0.02), recurrent_regularizer=O("l1", l1=0.01), bias_regularizer="l2", kernel_constraint=O("max_norm", max_value=0.8), recurrent_constraint="unit_norm", bias_constraint="non_neg"),
    "odd_units": dict(units=19, return_sequences=True),
}
for kind in KINDS:

    @each(f"rnn_{kind}", ARGUMENTS, rows=13, batch=5)
    def _(m, kind=kind, **args):
        m.input("x", [6, 3])
        m.layer("dense", "before", units=3, activation="tanh")
        m.layer(kind, "r", **args)
        head(m, args.get("return_sequences", False), optimizer=O("sgd", learning_rate=0.02) if args.get("activation") == "linear" else SGD)


GATES = {
    "lstm_hard_sigmoid": dict(kind="lstm", units=4, recurrent_activation="hard_sigmoid", return_sequences=True),
    "lstm_no_forget_bias": dict(kind="lstm", units=4, unit_forget_bias=False),
    "lstm_activity": dict(kind="lstm", units=4, activity_regularizer=O("l2", l2=0.01), return_sequences=True),
    "gru_before": dict(kind="gru", units=5, reset_after=False),
    "gru_before_sequences": dict(kind="gru", units=4, reset_after=False, return_sequences=True, go_backwards=True),
    "gru_before_no_bias": dict(kind="gru", units=4, reset_after=False, use_bias=False, activation="relu"),
    "gru_hard_sigmoid": dict(kind="gru", units=4, recurrent_activation="hard_sigmoid"),
    "gru_activity": dict(kind="gru", units=4, activity_regularizer="l2"),
}


@each("rnn", GATES, rows=13, batch=5)
def _(m, kind, **args):
    m.input("x", [6, 3])
    m.layer("dense", "before", units=3, activation="tanh")
    m.layer(kind, "r", **args)
    head(m, args.get("return_sequences", False))


@case("rnn_lstm_start", rows=9, batch=4)
def _(m):
    """The biases start as Keras starts them: ones for the forget gate."""
    m.neutral = True
    m.input("x", [5, 2])
    m.layer("lstm", "r", units=4)
    head(m)


@case("rnn_lstm_long", rows=6, batch=3, epochs=1, tolerance=5e-5)
def _(m):
    """More steps than are projected at once."""
    m.input("x", [37, 2])
    m.layer("lstm", "r", units=6, return_sequences=True)
    m.layer("gru", "s", units=5)
    head(m)


@case("rnn_stack", rows=13, batch=5)
def _(m):
    m.input("x", [5, 3])
    m.layer("lstm", "a", units=4, return_sequences=True)
    m.layer("gru", "b", units=3, return_sequences=True)
    m.layer("simple_rnn", "c", units=4)
    m.classes(3, optimizer="adam", metrics=["accuracy"])


# Masks.


def padded(m, words=6, length=7):
    """Word numbers with padding everywhere: before, between and after words, and nowhere."""
    data = m.ints(words, length, low=1)
    data[0::4, 4:] = 0
    data[1::4, :2] = 0
    data[2::4, 1::2] = 0
    x = m.input("x", [length], dtype="int32", data=data)
    return m.layer("embedding", "e", x, input_dim=words, output_dim=3, mask_zero=True)


MASKED = {
    "last": dict(),
    "sequences": dict(return_sequences=True),
    "zeros": dict(return_sequences=True, zero_output_for_mask=True),
    "zeros_last": dict(zero_output_for_mask=True),
    "backwards": dict(go_backwards=True, return_sequences=True),
}
for kind in KINDS:

    @each(f"rnn_mask_{kind}", MASKED, rows=13, batch=5)
    def _(m, kind=kind, **args):
        padded(m)
        m.layer(kind, "r", units=4, **args)
        head(m, args.get("return_sequences", False))


@case("rnn_mask_gru_before", rows=13, batch=5)
def _(m):
    padded(m)
    m.layer("gru", "r", units=4, reset_after=False, return_sequences=True)
    m.layer("gru", "s", units=3, reset_after=False)
    head(m)


@each("rnn_masking", {"zero": dict(value=0.0), "value": dict(value=-1.5)}, rows=13, batch=5)
def _(m, value):
    """The masking layer; a step is masked only where all its features have the value."""
    data = m.normal(6, 3)
    data[0::3, 3:] = value
    data[1::3, 0] = value
    data[2::3, 2, :2] = value
    m.input("x", [6, 3], data=data)
    m.layer("masking", "mask", mask_value=value)
    m.layer("lstm", "r", units=4)
    head(m)


@case("rnn_mask_initial_state", rows=13, batch=5)
def _(m):
    """Keras does not hand the mask to the steps where there is an initial state; it goes on to the loss."""
    e = padded(m)
    s = m.input("s", [4])
    state = m.layer("dense", "first", s, units=4)
    m.layer("gru", "r", e, units=4, return_sequences=True, call=dict(initial_state=[state]))
    head(m, True)


# States.


@each("rnn_states", {k: dict(kind=k) for k in KINDS}, rows=13, batch=5)
def _(m, kind):
    """An encoder whose states a decoder starts from."""
    x = m.input("x", [5, 3])
    y = m.input("z", [4, 2])
    encoder = m.layer(kind, "encoder", x, units=4, return_state=True)
    m.layer(kind, "decoder", y, units=4, return_sequences=True, call=dict(initial_state=encoder.outs[1:]))
    head(m, True)


@case("rnn_states_read", rows=13, batch=5)
def _(m):
    """Every output of an lstm with return_state is read."""
    m.input("x", [5, 3])
    r = m.layer("lstm", "r", units=4, return_state=True, return_sequences=True, go_backwards=True)
    flat = m.layer("flatten", "flat", r.outs[0])
    m.layer("concatenate", "all", flat, r.outs[1], r.outs[2])
    head(m)


@case("rnn_states_unread", rows=13, batch=5)
def _(m):
    """Of the outputs only c is read."""
    m.input("x", [5, 3])
    r = m.layer("lstm", "r", units=4, return_state=True)
    m.layer("dense", "d", r.outs[2], units=3, activation="tanh")
    head(m)


# Wrappers.

BIDIRECTIONAL = {
    "concat": dict(inner=[("lstm", "lstm", dict(units=3))]),
    "concat_sequences": dict(inner=[("gru", "gru", dict(units=3, return_sequences=True))]),
    "sum": dict(inner=[("simple_rnn", "rnn", dict(units=3, return_sequences=True))], merge_mode="sum"),
    "mul": dict(inner=[("lstm", "lstm", dict(units=3, return_sequences=True))], merge_mode="mul"),
    "ave": dict(inner=[("gru", "gru", dict(units=3))], merge_mode="ave"),
    "two_layers": dict(inner=[("lstm", "ahead", dict(units=3)), ("gru", "back", dict(units=3, go_backwards=True))]),
    "regularized": dict(inner=[("lstm", "lstm", dict(units=3, return_sequences=True, kernel_regularizer="l2", recurrent_constraint="unit_norm", activity_regularizer=O("l2", l2=0.01)))]),
}


@each("rnn_bidirectional", BIDIRECTIONAL, rows=13, batch=5)
def _(m, **args):
    m.input("x", [5, 3])
    m.layer("dense", "before", units=3, activation="tanh")
    m.layer("bidirectional", "read", **args)
    head(m, len(m.last.tensor.shape) == 3)


@each("rnn_bidirectional_mask", {k: dict(kind=k) for k in ("lstm", "gru")}, rows=13, batch=5)
def _(m, kind):
    padded(m)
    m.layer("bidirectional", "a", inner=[(kind, "one", dict(units=3, return_sequences=True))])
    m.layer("bidirectional", "b", inner=[(kind, "two", dict(units=2))])
    head(m)


@case("rnn_bidirectional_both", rows=13, batch=5)
def _(m):
    m.input("x", [5, 3])
    r = m.layer("bidirectional", "read", inner=[("lstm", "lstm", dict(units=3, return_sequences=True))], merge_mode=None)
    m.layer("subtract", "sub", *r.outs)
    head(m, True)


@case("rnn_bidirectional_states", rows=13, batch=5)
def _(m):
    x = m.input("x", [5, 3])
    y = m.input("z", [4, 2])
    r = m.layer("bidirectional", "encoder", x, inner=[("lstm", "lstm", dict(units=3, return_state=True))])
    m.layer("bidirectional", "decoder", y, inner=[("lstm", "lstm", dict(units=3, return_sequences=True))], call=dict(initial_state=r.outs[1:]))
    head(m, True)


TIME = {
    "dense": dict(shape=[5, 3], inner=[("dense", "d", dict(units=4, activation="tanh"))]),
    "conv2d": dict(shape=[3, 5, 4, 2], inner=[("conv2d", "c", dict(filters=2, kernel_size=2, activation="relu"))]),
    "lstm": dict(shape=[3, 4, 2], inner=[("lstm", "l", dict(units=3))]),
    "batch_normalization": dict(shape=[4, 3], inner=[("batch_normalization", "n", dict(momentum=0.6))]),
    "twice": dict(shape=[2, 3, 4], inner=[("time_distributed", "t", dict(inner=[("dense", "d", dict(units=3, activation="tanh"))]))]),
}


@each("rnn_time_distributed", TIME, rows=13, batch=5)
def _(m, shape, inner):
    m.input("x", shape)
    m.layer("dense", "before", units=shape[-1], activation="tanh")
    m.layer("time_distributed", "td", inner=inner)
    m.layer("flatten", "flat")
    head(m)


@case("rnn_time_distributed_mask", rows=13, batch=5)
def _(m):
    padded(m)
    m.layer("time_distributed", "td", inner=[("dense", "d", dict(units=4, activation="tanh"))])
    m.layer("lstm", "r", units=3)
    head(m)


CELL = ("lstm_cell", "one", dict(units=3))
CELLS = {
    "one": dict(inner=[CELL]),
    "gru": dict(inner=[("gru_cell", "one", dict(units=4, reset_after=False))], return_sequences=True, go_backwards=True),
    "simple": dict(inner=[("simple_rnn_cell", "one", dict(units=4, activation="relu"))], return_sequences=True),
    "stacked": dict(inner=[CELL, ("gru_cell", "two", dict(units=4)), ("simple_rnn_cell", "three", dict(units=2))], return_sequences=True),
    "stacked_backwards": dict(inner=[CELL, ("lstm_cell", "two", dict(units=4))], go_backwards=True, return_sequences=True),
    "held": dict(inner=[("stacked_rnn_cells", "held", dict(inner=[CELL, ("gru_cell", "two", dict(units=4))]))]),
}


@each("rnn_cells", CELLS, rows=13, batch=5)
def _(m, **args):
    m.input("x", [5, 3])
    m.layer("rnn", "r", **args)
    head(m, args.get("return_sequences", False))


@case("rnn_cells_mask", rows=13, batch=5)
def _(m):
    padded(m)
    m.layer("rnn", "r", inner=[CELL, ("lstm_cell", "two", dict(units=4))], return_sequences=True)
    head(m, True)


@case("rnn_cells_bidirectional", rows=13, batch=5)
def _(m):
    m.input("x", [5, 3])
    m.layer("bidirectional", "read", inner=[("rnn", "cells", dict(inner=[("lstm_cell", "one", dict(units=3))], return_sequences=True))])
    head(m, True)


@case("rnn_shared", rows=13, batch=5)
def _(m):
    """One lstm applied to two sequences."""
    a = m.input("a", [4, 3])
    b = m.input("b", [6, 3])
    r = m.layer("lstm", "r", a, units=4)
    s = m.reuse("again", r, b)
    m.layer("concatenate", "both", r, s)
    head(m)


# Activations that the recurrent operation has not got: the steps are written out.

STEPPED = {
    "lstm_gelu": dict(kind="lstm", units=4, activation="gelu", return_sequences=True),
    "lstm_softmax": dict(kind="lstm", units=4, activation="softmax", recurrent_activation="silu", go_backwards=True),
    "gru_silu": dict(kind="gru", units=4, activation="silu", recurrent_activation="sparse_sigmoid", return_sequences=True, go_backwards=True),
    "gru_before_mish": dict(kind="gru", units=4, activation="mish", reset_after=False, zero_output_for_mask=True, return_sequences=True),
    "gru_no_bias": dict(kind="gru", units=3, activation="tanh_shrink", use_bias=False),
    "simple_rnn_squareplus": dict(kind="simple_rnn", units=4, activation="squareplus"),
    "simple_rnn_softmax": dict(kind="simple_rnn", units=4, activation="softmax", return_sequences=True),
}


@each("rnn_stepped", STEPPED, rows=13, batch=5)
def _(m, kind, **args):
    padded(m)
    m.layer(kind, "r", **args)
    head(m, args.get("return_sequences", False), optimizer=O("sgd", learning_rate=0.1))


@case("rnn_stepped_conv_lstm", rows=9, batch=4)
def _(m):
    m.input("x", [3, 4, 4, 2])
    m.layer("conv_lstm2d", "r", filters=2, kernel_size=2, activation="gelu", recurrent_activation="softmax", return_sequences=True)
    m.layer("flatten", "flat")
    head(m, optimizer=O("sgd", learning_rate=0.1))


CONV_BOTH = {
    "concat": dict(inner=[("conv_lstm1d", "r", dict(filters=2, kernel_size=2, return_sequences=True))]),
    "sum": dict(merge_mode="sum", inner=[("conv_lstm1d", "f", dict(filters=2, kernel_size=2)), ("conv_lstm1d", "b", dict(filters=2, kernel_size=2, go_backwards=True, activation="relu"))]),
}


@each("rnn_bidirectional_conv_lstm", CONV_BOTH, rows=9, batch=4)
def _(m, **args):
    m.input("x", [3, 5, 2])
    m.layer("bidirectional", "both", **args)
    m.layer("flatten", "flat")
    head(m, optimizer=O("sgd", learning_rate=0.1))


# unroll: Keras' other way through a masked sequence.

UNROLLED = {
    "zeros": dict(kind="lstm", return_sequences=True, zero_output_for_mask=True),
    "backwards": dict(kind="gru", return_sequences=True, go_backwards=True),
    "last": dict(kind="simple_rnn"),
}


@each("rnn_unroll", UNROLLED, rows=13, batch=5)
def _(m, kind, **args):
    padded(m)
    m.layer(kind, "r", units=4, unroll=True, **args)
    head(m, args.get("return_sequences", False), optimizer=O("sgd", learning_rate=0.1))


@case("rnn_unroll_bidirectional", rows=13, batch=5)
def _(m):
    padded(m)
    m.layer("bidirectional", "both", inner=[("gru", "r", dict(units=3, return_sequences=True, unroll=True))])
    head(m, True, optimizer=O("sgd", learning_rate=0.1))
