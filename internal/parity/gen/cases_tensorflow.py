"""Cases for which Keras on JAX is no measure, made on TensorFlow: on JAX a step forgets what a layer writes into variables that are not
its own non-trainable weights."""

import numpy as np

from spec import O, Table

CASES = Table()
case, each = CASES.case, CASES.each

SGD = O("sgd", learning_rate=0.1, momentum=0.9)


# Spectral normalization divides the kernel itself.

SPECTRAL = {
    "dense": dict(shape=[5], iterations=1, inner=("dense", "d", dict(units=4, activation="tanh"))),
    "dense_rank3": dict(shape=[3, 5], iterations=3, inner=("dense", "d", dict(units=4, kernel_regularizer=O("l2", l2=0.02)))),
    "conv2d": dict(shape=[5, 6, 2], iterations=2, inner=("conv2d", "c", dict(filters=3, kernel_size=3, padding="same", activation="relu"))),
    "conv1d": dict(shape=[7, 3], iterations=1, inner=("conv1d", "c", dict(filters=4, kernel_size=2, use_bias=False))),
}


@each("spectral", SPECTRAL, rows=13, batch=5, val=6)
def _(m, shape, iterations, inner):
    m.input("x", shape)
    m.layer("spectral_normalization", "s", inner=[inner], power_iterations=iterations)
    if len(shape) > 1:
        m.layer("flatten", "f")
    m.regression(optimizer=SGD)


@case("spectral_embedding", rows=11, batch=4)
def _(m):
    # Keras gives the output the type of the input, which of whole numbers leaves nothing.
    m.input("x", [5], data=m.ints(7, 5).astype(np.float32))
    m.layer("spectral_normalization", "s", inner=[("embedding", "e", dict(input_dim=7, output_dim=3))], power_iterations=2)
    m.layer("flatten", "f")
    m.regression()


# States that go on from batch to batch, through the epochs and the validation.

STATEFUL = {
    "lstm": dict(kind="lstm", units=4),
    "lstm_sequences_state": dict(kind="lstm", units=3, return_sequences=True, return_state=True),
    "gru": dict(kind="gru", units=4, return_sequences=True),
    "simple_rnn_backwards": dict(kind="simple_rnn", units=4, go_backwards=True),
    "conv_lstm1d": dict(kind="conv_lstm1d", filters=3, kernel_size=2, shape=[3, 5, 2]),
}


@each("stateful", STATEFUL, rows=15, batch=5, val=5, epochs=3)
def _(m, kind, shape=(4, 3), **args):
    m.stateful = True
    m.input("x", list(shape))
    m.layer(kind, "r", stateful=True, **args)
    if args.get("return_sequences") or len(shape) > 2:
        m.layer("flatten", "f")
    m.regression(optimizer=SGD)


@case("stateful_rnn_cells", rows=12, batch=4)
def _(m):
    m.stateful = True
    m.input("x", [4, 3])
    m.layer("rnn", "r", inner=[("lstm_cell", "a", dict(units=3)), ("gru_cell", "b", dict(units=4))], stateful=True)
    m.regression(optimizer=SGD)


@case("stateful_bidirectional", rows=12, batch=4)
def _(m):
    m.stateful = True
    m.input("x", [4, 3])
    m.layer("bidirectional", "b", inner=[("lstm", "r", dict(units=3, stateful=True, return_sequences=True))])
    m.layer("lstm", "last", units=2, stateful=True)
    m.regression(optimizer=SGD)


# The first steps are masked in some rows, where the output is 0 and not the state that the batch before left.

MASKED = {
    "lstm": dict(kind="lstm", return_sequences=True),
    "lstm_unroll": dict(kind="lstm", return_sequences=True, unroll=True),
    "gru_backwards": dict(kind="gru", return_sequences=True, go_backwards=True),
    "simple_rnn_last": dict(kind="simple_rnn"),
    "lstm_zeros": dict(kind="lstm", zero_output_for_mask=True),
}


@each("stateful_masked", MASKED, rows=15, batch=5)
def _(m, kind, **args):
    m.stateful = True
    data = m.ints(6, 5, low=1)
    data[0::3, :2] = 0
    data[1::5, :] = 0
    data[2::3, 3:] = 0
    x = m.input("x", [5], dtype="int32", data=data)
    m.layer("embedding", "e", x, input_dim=6, output_dim=3, mask_zero=True)
    m.layer(kind, "r", units=4, stateful=True, **args)
    if args.get("return_sequences"):
        m.layer("dense", "head", units=2)
        m.target("y", m.normal(5, 2))
        m.fit(loss="mse", optimizer=SGD)
    else:
        m.regression(optimizer=SGD)
