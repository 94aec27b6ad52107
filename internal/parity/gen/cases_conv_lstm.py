"""Cases of conv_lstm1d, conv_lstm2d and conv_lstm3d."""

from spec import O, Table

CASES = Table()
case, each = CASES.case, CASES.each

FIRST = dict(data_format="channels_first")

LAYERS = {
    "1d_last": dict(kind="conv_lstm1d", shape=[5, 6, 2], filters=3, kernel_size=3),
    "1d_same_sequences": dict(kind="conv_lstm1d", shape=[4, 7, 2], filters=3, kernel_size=4, padding="same", return_sequences=True),
    "1d_dilated_backwards": dict(kind="conv_lstm1d", shape=[4, 9, 1], filters=2, kernel_size=3, dilation_rate=2, go_backwards=True, return_sequences=True),
    "1d_first": dict(kind="conv_lstm1d", shape=[3, 2, 7], filters=3, kernel_size=2, return_sequences=True, **FIRST),
    "2d_last": dict(kind="conv_lstm2d", shape=[4, 5, 6, 2], filters=3, kernel_size=[3, 2]),
    "2d_same_sequences": dict(kind="conv_lstm2d", shape=[3, 5, 4, 2], filters=4, kernel_size=3, padding="same", return_sequences=True),
    "2d_strides": dict(kind="conv_lstm2d", shape=[4, 7, 6, 2], filters=3, kernel_size=3, strides=[2, 1], padding="same"),
    "2d_strides_valid": dict(kind="conv_lstm2d", shape=[3, 8, 7, 1], filters=2, kernel_size=2, strides=2, return_sequences=True),
    "2d_no_bias_backwards": dict(kind="conv_lstm2d", shape=[4, 4, 4, 2], filters=2, kernel_size=2, use_bias=False, go_backwards=True),
    "2d_hard": dict(kind="conv_lstm2d", shape=[3, 4, 5, 2], filters=3, kernel_size=3, activation="softsign", recurrent_activation="hard_sigmoid"),
    "2d_no_forget_bias": dict(kind="conv_lstm2d", shape=[3, 4, 5, 2], filters=3, kernel_size=1, unit_forget_bias=False),
    "2d_first": dict(kind="conv_lstm2d", shape=[3, 2, 6, 5], filters=3, kernel_size=3, **FIRST),
    "2d_first_sequences": dict(kind="conv_lstm2d", shape=[3, 2, 5, 4], filters=2, kernel_size=2, padding="same", return_sequences=True, **FIRST),
    "2d_regularized": dict(kind="conv_lstm2d", shape=[3, 4, 4, 2], filters=2, kernel_size=2, kernel_regularizer=O("l2", l2=0.02), recurrent_regularizer=O("l1", l1=0.01), bias_regularizer="l2", kernel_constraint=O("max_norm", max_value=0.8), recurrent_constraint="unit_norm", bias_constraint="non_neg", activity_regularizer="l2"),
    "3d_last": dict(kind="conv_lstm3d", shape=[3, 3, 4, 3, 2], filters=2, kernel_size=2),
    "3d_same_sequences": dict(kind="conv_lstm3d", shape=[3, 4, 3, 3, 1], filters=2, kernel_size=[3, 2, 3], padding="same", return_sequences=True),
    "3d_first": dict(kind="conv_lstm3d", shape=[2, 2, 3, 4, 3], filters=2, kernel_size=[2, 1, 2], go_backwards=True, **FIRST),
}


@each("conv_lstm", LAYERS, rows=11, batch=4)
def _(m, kind, shape, **args):
    m.input("x", shape)
    m.layer("dense", "before", units=shape[-1], activation="tanh")
    m.layer(kind, "r", **args)
    m.layer("flatten", "f")
    m.regression(optimizer=O("sgd", learning_rate=0.1, momentum=0.9))


@case("conv_lstm_start", rows=7, batch=3)
def _(m):
    """The biases start as Keras starts them: ones for the forget gate."""
    m.neutral = True
    m.input("x", [3, 4, 4, 1])
    m.layer("conv_lstm2d", "r", filters=2, kernel_size=2)
    m.layer("flatten", "f")
    m.regression()


@case("conv_lstm_states", rows=11, batch=4)
def _(m):
    """The states of one layer start the next."""
    m.input("x", [3, 5, 4, 2])
    a = m.layer("conv_lstm2d", "a", filters=3, kernel_size=2, padding="same", return_state=True, return_sequences=True)
    m.layer("conv_lstm2d", "b", a, filters=3, kernel_size=3, padding="same", call=dict(initial_state=[a.outs[1], a.outs[2]]))
    m.layer("flatten", "f")
    m.regression()


@case("conv_lstm_stack", rows=9, batch=4)
def _(m):
    """What the documentation of Keras shows: the next image of a film."""
    m.input("x", [4, 6, 5, 1])
    m.layer("conv_lstm2d", "a", filters=4, kernel_size=3, padding="same", return_sequences=True)
    m.layer("batch_normalization", "bn")
    m.layer("conv_lstm2d", "b", filters=3, kernel_size=2, padding="same", return_sequences=True)
    m.layer("conv3d", "c", filters=1, kernel_size=3, padding="same", activation="sigmoid")
    m.target("y", m.uniform(4, 6, 5, 1))
    m.fit(loss="binary_crossentropy", optimizer="adam")
