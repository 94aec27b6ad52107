"""Models as a user of Keras would write them, of parts that the other cases have one by one."""

from keras import ops

from spec import O, Table

CASES = Table()
case = CASES.case
ADAM = O("adam", learning_rate=0.01)
SGD = O("sgd", learning_rate=0.05, momentum=0.9)


def tokens(m, name="x", time=7, words=9, zeros=True):
    data = m.ints(words, time, low=1)
    if zeros:
        for i in range(len(data)):
            data[i, 2 + i % (time - 1):] = 0
    return m.input(name, [time], dtype="int32", data=data)


@case("mask_through_layers", rows=19)
def _(m):
    tokens(m)
    m.layer("embedding", "e", input_dim=9, output_dim=4, mask_zero=True)
    m.layer("dense", "d", units=5, activation="tanh")
    m.layer("dropout", "drop", rate=0.0)
    m.layer("layer_normalization", "n")
    m.layer("activation", "act", activation="gelu")
    m.layer("unit_normalization", "u")
    m.layer("lstm", "read", units=3)
    m.regression(optimizer=ADAM)


@case("mask_joined", rows=19)
def _(m):
    x = tokens(m)
    v = m.input("v", [7, 3])
    e = m.layer("embedding", "e", x, input_dim=9, output_dim=3, mask_zero=True)
    a = m.layer("add", "a", e, v)
    b = m.layer("concatenate", "b", a, e)
    g = m.layer("gru", "g", b, units=4, return_sequences=True)
    m.layer("global_average_pooling1d", "p", g)
    m.regression(optimizer=ADAM)


@case("mask_two", rows=19)
def _(m):
    a, b = tokens(m, "a"), tokens(m, "b")
    ea = m.layer("embedding", "ea", a, input_dim=9, output_dim=4, mask_zero=True)
    eb = m.layer("embedding", "eb", b, input_dim=9, output_dim=4, mask_zero=True)
    s = m.layer("multiply", "s", ea, eb)
    t = m.layer("lstm", "t", s, units=3, return_sequences=True)
    u = m.layer("concatenate", "u", ea, eb)
    w = m.layer("simple_rnn", "w", u, units=3, return_sequences=True)
    j = m.layer("maximum", "j", t, w)
    m.layer("global_average_pooling1d", "p", j)
    m.regression(optimizer=ADAM)


@case("mask_to_loss", rows=19, val=9)
def _(m):
    tokens(m)
    m.layer("embedding", "e", input_dim=9, output_dim=4, mask_zero=True)
    m.layer("bidirectional", "read", inner=[("lstm", "l", {"units": 3, "return_sequences": True})])
    m.layer("time_distributed", "head", inner=[("dense", "d", {"units": 5, "activation": "softmax"})])
    m.target("y", m.ints(5, 7))
    m.fit(loss="sparse_categorical_crossentropy", optimizer=ADAM, metrics=["accuracy"])


@case("weights_of_steps", rows=19)
def _(m):
    """A sample weight for each step, beside a mask."""
    tokens(m)
    m.layer("embedding", "e", input_dim=9, output_dim=4, mask_zero=True)
    m.layer("gru", "read", units=5, return_sequences=True, reset_after=False)
    m.layer("dense", "head", units=2)
    m.target("y", m.normal(7, 2))
    m.weight("w", m.uniform(7, low=0.2, high=2.0))
    m.fit(loss="huber", optimizer=ADAM, weighted_metrics=["mae"])


@case("masking_floats", rows=17)
def _(m):
    x = m.normal(6, 3)
    x[:, 4:] = -1
    x[::3, 2:] = -1
    m.input("x", [6, 3], data=x)
    m.layer("masking", "k", mask_value=-1.0)
    m.layer("dense", "d", units=4, activation="relu")
    m.layer("batch_normalization", "bn")
    m.layer("lstm", "read", units=3, go_backwards=True)
    m.regression(optimizer=SGD)


@case("mask_attention", rows=17)
def _(m):
    q, k = tokens(m, "q", 5), tokens(m, "k", 6)
    eq = m.layer("embedding", "eq", q, input_dim=9, output_dim=8, mask_zero=True)
    ek = m.layer("embedding", "ek", k, input_dim=9, output_dim=8, mask_zero=True)
    t = m.layer("attention", "t", eq, ek)
    u = m.layer("additive_attention", "u", eq, ek)
    s = m.layer("add", "s", t, u, eq)
    m.layer("global_average_pooling1d", "p", s)
    m.regression(optimizer=ADAM)


@case("mask_conv", rows=17)
def _(m):
    tokens(m)
    m.layer("embedding", "e", input_dim=9, output_dim=4, mask_zero=True)
    m.layer("conv1d", "c", filters=5, kernel_size=3, padding="causal", activation="relu")
    m.layer("max_pooling1d", "mp", pool_size=2)
    m.layer("gru", "g", units=3)
    m.regression(optimizer=ADAM)


@case("mask_flatten", rows=17)
def _(m):
    x = tokens(m)
    m.layer("embedding", "e", x, input_dim=9, output_dim=4, mask_zero=True)
    m.layer("permute", "pm", dims=[2, 1])
    m.layer("reshape", "r", target_shape=[-1, 7])
    m.layer("flatten", "f")
    m.regression(optimizer=ADAM)


@case("shared_lstm", rows=17)
def _(m):
    a, b = tokens(m, "a", 5), tokens(m, "b", 7)
    e = m.layer("embedding", "e", a, input_dim=9, output_dim=4, mask_zero=True)
    f = m.reuse("f", e, b)
    l = m.layer("lstm", "l", e, units=4)
    k = m.reuse("k", l, f)
    m.layer("dot", "d", l, k, axes=1, normalize=True)
    m.layer("dense", "head", units=1)
    m.target("y", m.normal(1))
    m.fit(loss="mse", optimizer=ADAM)


@case("shared_batch_normalization", rows=19)
def _(m):
    a, b = m.input("a", [4]), m.input("b", [4])
    d = m.layer("dense", "d", a, units=5, activity_regularizer="l2")
    n = m.layer("batch_normalization", "n", d)
    e = m.layer("dense", "e2", b, units=5)
    n2 = m.reuse("n2", n, e)
    m.layer("subtract", "s", n, n2)
    m.regression(optimizer=SGD)


@case("outputs_tree", rows=19, val=7)
def _(m):
    x = m.input("x", [6, 5, 2])
    z = m.input("z", [3])
    c = m.layer("conv2d", "c", x, filters=4, kernel_size=[2, 3], strides=[2, 1], padding="same", activation="swish")
    g = m.layer("global_max_pooling2d", "g", c)
    j = m.layer("concatenate", "j", g, z)
    a = m.layer("dense", "a", j, units=3, activation="softmax")
    b = m.layer("dense", "b", j, units=1, activation="sigmoid")
    d = m.layer("dense", "d", a, units=2)
    m.output("kind", a)
    m.output("yes", b)
    m.output("size", d)
    m.target("kind", m.one_hot(3))
    m.target("yes", m.ints(2, 1).astype("float32"))
    m.target("size", m.normal(2))
    m.fit(loss={"kind": O("categorical_crossentropy", label_smoothing=0.1), "yes": "binary_crossentropy", "size": "mae"}, loss_weights={"kind": 0.5, "yes": 2.0, "size": 0.1}, metrics={"kind": ["accuracy"], "yes": ["accuracy"], "size": ["mse"]}, optimizer=ADAM)


@case("outputs_weighted", rows=19)
def _(m):
    x = m.input("x", [6])
    h = m.layer("dense", "h", x, units=5, activation="elu")
    a = m.layer("dense", "a", h, units=3, activation="softmax")
    b = m.layer("dense", "b", h, units=2)
    m.output("kind", a)
    m.output("size", b)
    m.target("kind", m.ints(3))
    m.target("size", m.normal(2))
    m.weight("w", target="size")
    m.fit(loss={"kind": "sparse_categorical_crossentropy", "size": "log_cosh"}, optimizer=O("nadam", learning_rate=0.01))


@case("class_weights", rows=23)
def _(m):
    m.input("x", [6])
    m.layer("dense", "h", units=5, activation="selu", kernel_initializer="lecun_normal")
    m.layer("dense", "head", units=3, activation="softmax")
    m.target("y", m.one_hot(3))
    m.fit(loss="categorical_crossentropy", optimizer=O("rmsprop", learning_rate=0.01, centered=True), class_weight={0: 0.5, 2: 3.0}, metrics=["accuracy"])


@case("dense_ranks", rows=9, batch=4)
def _(m):
    m.input("x", [2, 3, 2, 4])
    m.layer("dense", "d", units=3, activation="tanh")
    m.layer("layer_normalization", "n", axis=[2, 4])
    m.layer("reshape", "r", target_shape=[6, -1])
    m.layer("softmax", "s", axis=1)
    m.layer("conv1d", "c", filters=3, kernel_size=2, strides=3, padding="same")
    m.layer("flatten", "f")
    m.regression(optimizer=SGD)


@case("images_odd", rows=7, batch=3)
def _(m):
    m.input("x", [9, 7, 3])
    m.layer("zero_padding2d", "z", padding=[[1, 0], [2, 1]])
    m.layer("depthwise_conv2d", "dw", kernel_size=3, strides=2, depth_multiplier=2, activation="relu6")
    m.layer("group_normalization", "g", groups=3)
    m.layer("separable_conv2d", "sc", filters=4, kernel_size=[1, 3], padding="same", activation="hard_swish")
    m.layer("up_sampling2d", "u", size=[2, 3], interpolation="bilinear")
    m.layer("cropping2d", "cr", cropping=[[1, 0], [2, 3]])
    m.layer("conv2d_transpose", "t", filters=3, kernel_size=2, strides=2, padding="same", output_padding=1)
    m.layer("average_pooling2d", "ap", pool_size=3, strides=4, padding="same")
    m.layer("flatten", "f")
    m.regression(optimizer=O("sgd", learning_rate=0.02))


@case("images_groups_dilated", rows=7, batch=3)
def _(m):
    m.input("x", [8, 9, 4])
    m.layer("conv2d", "a", filters=6, kernel_size=3, dilation_rate=2, padding="same", groups=2, use_bias=False)
    m.layer("batch_normalization", "n", momentum=0.8, epsilon=0.01)
    m.layer("prelu", "p", shared_axes=[1, 2])
    m.layer("max_pooling2d", "mp", pool_size=[2, 3], strides=[3, 1], padding="valid")
    m.layer("conv2d", "b", filters=5, kernel_size=5, padding="same", kernel_constraint=O("max_norm", max_value=1.0, axis=[0, 1, 2]))
    m.layer("global_average_pooling2d", "g", keepdims=True)
    m.layer("reshape", "r", target_shape=[5])
    m.classes(3, optimizer=ADAM)


@case("residual_squeeze", rows=7, batch=4)
def _(m):
    x = m.input("x", [6, 6, 4])
    a = m.layer("conv2d", "a", x, filters=4, kernel_size=3, padding="same", activation="relu")
    g = m.layer("global_average_pooling2d", "g", a)
    s = m.layer("dense", "s", g, units=4, activation="hard_sigmoid")
    r = m.layer("reshape", "r", s, target_shape=[1, 1, 4])
    y = m.layer("multiply", "y", a, r)
    z = m.layer("add", "z", x, y)
    m.layer("leaky_relu", "l", z, negative_slope=0.1)
    m.layer("flatten", "f")
    m.classes(4, optimizer=ADAM)


@case("volume", rows=5, batch=2)
def _(m):
    m.input("x", [4, 5, 3, 2])
    m.layer("conv3d", "c", filters=3, kernel_size=[2, 3, 1], strides=[1, 2, 1], padding="same", activation="tanh")
    m.layer("max_pooling3d", "p", pool_size=2, strides=1)
    m.layer("conv3d_transpose", "t", filters=2, kernel_size=2, strides=[2, 1, 1])
    m.layer("average_pooling3d", "q", pool_size=[2, 1, 1], padding="same")
    m.layer("global_max_pooling3d", "g")
    m.regression(optimizer=SGD)


@case("sequence_to_sequence", rows=15)
def _(m):
    a, b = tokens(m, "a", 5), tokens(m, "b", 4, zeros=False)
    ea = m.layer("embedding", "ea", a, input_dim=9, output_dim=4, mask_zero=True)
    enc = m.layer("lstm", "enc", ea, units=6, return_state=True)
    eb = m.layer("embedding", "eb", b, input_dim=9, output_dim=4)
    m.layer("lstm", "dec", eb, units=6, return_sequences=True, call={"initial_state": [enc.outs[1], enc.outs[2]]})
    m.layer("dense", "head", units=9, activation="softmax")
    m.target("y", m.ints(9, 4))
    m.fit(loss="sparse_categorical_crossentropy", optimizer=ADAM, metrics=["accuracy"])


@case("sequence_attention", rows=15)
def _(m):
    a, b = tokens(m, "a", 5), tokens(m, "b", 4)
    ea = m.layer("embedding", "ea", a, input_dim=9, output_dim=6, mask_zero=True)
    enc = m.layer("bidirectional", "enc", ea, merge_mode="sum", inner=[("gru", "g", {"units": 6, "return_sequences": True})])
    eb = m.layer("embedding", "eb", b, input_dim=9, output_dim=6, mask_zero=True)
    dec = m.layer("gru", "dec", eb, units=6, return_sequences=True)
    at = m.layer("attention", "at", dec, enc, use_scale=True)
    m.layer("concatenate", "j", dec, at)
    m.layer("dense", "head", units=9, activation="softmax")
    m.target("y", m.ints(9, 4))
    m.fit(loss="sparse_categorical_crossentropy", optimizer=ADAM, metrics=["accuracy"])


@case("transformer_masked", rows=13)
def _(m):
    tokens(m)
    e = m.layer("embedding", "e", input_dim=9, output_dim=8, mask_zero=True)
    n = m.layer("layer_normalization", "n", e, epsilon=1e-6)
    d = m.layer("dense", "d", n, units=16, activation="gelu")
    o = m.layer("dense", "o", d, units=8)
    r = m.layer("add", "r", e, o)
    m.layer("dense", "head", r, units=3, activation="softmax")
    m.target("y", m.ints(3, 7))
    m.fit(loss=O("sparse_categorical_crossentropy", ignore_class=1), optimizer=O("adamw", learning_rate=0.01, clipnorm=0.5))


@case("cells", rows=11)
def _(m):
    m.input("x", [5, 3])
    m.layer("rnn", "r", inner=[("lstm_cell", "c1", {"units": 4}), ("gru_cell", "c2", {"units": 3, "reset_after": False}), ("simple_rnn_cell", "c3", {"units": 2})], return_sequences=True)
    m.layer("time_distributed", "td", inner=[("dense", "d", {"units": 3, "activation": "relu"})])
    m.layer("global_max_pooling1d", "p")
    m.regression(optimizer=ADAM)


@case("video", rows=5, batch=2)
def _(m):
    m.input("x", [3, 6, 5, 2])
    m.layer("time_distributed", "a", inner=[("conv2d", "c", {"filters": 3, "kernel_size": 2, "activation": "relu"})])
    m.layer("time_distributed", "b", inner=[("max_pooling2d", "c", {"pool_size": 2})])
    m.layer("time_distributed", "f", inner=[("flatten", "f", {})])
    m.layer("lstm", "l", units=4, dropout=0.0, recurrent_activation="hard_sigmoid", unit_forget_bias=False)
    m.regression(optimizer=ADAM)


@case("batch_of_one", rows=3, batch=1, epochs=1)
def _(m):
    m.input("x", [4])
    m.layer("dense", "h", units=1, activation="softplus")
    m.layer("batch_normalization", "n")
    m.layer("dense", "head", units=1)
    m.target("y", m.normal(1))
    m.fit(loss="mse", optimizer=ADAM)


@case("rows_below_batch", rows=5, batch=64, epochs=3, val=3)
def _(m):
    m.input("x", [4])
    m.layer("dense", "h", units=7, activation="mish")
    m.layer("dense", "head", units=1, activation="sigmoid")
    m.target("y", m.ints(2).astype("float32"))
    m.fit(loss="binary_crossentropy", optimizer=ADAM, metrics=["accuracy", O("auc", num_thresholds=20)])


@case("scalars", rows=17)
def _(m):
    x = m.input("x", [1])
    i = m.input("i", [], dtype="int32", data=m.ints(5))
    e = m.layer("embedding", "e", i, input_dim=5, output_dim=3)
    d = m.layer("dense", "d", x, units=3)
    m.layer("average", "a", e, d)
    m.layer("dense", "head", units=1)
    m.target("y", m.normal())
    m.fit(loss="mse", optimizer=ADAM)


@case("matrix_tokens", rows=9)
def _(m):
    m.input("x", [3, 4], dtype="int32", data=m.ints(6, 3, 4))
    m.layer("embedding", "e", input_dim=6, output_dim=2, embeddings_regularizer="l2")
    m.layer("time_distributed", "td", inner=[("lstm", "l", {"units": 3})])
    m.layer("gru", "g", units=2)
    m.regression(optimizer=SGD)


@case("frozen_middle", rows=17)
def _(m):
    m.input("x", [5])
    m.layer("dense", "a", units=6, activation="tanh", kernel_regularizer="l1")
    m.layer("batch_normalization", "b")
    m.layer("dense", "c", units=6, activation="relu", bias_regularizer=O("l2", l2=0.1), activity_regularizer="l2")
    m.regression(optimizer=ADAM, freeze=["b", "c"])


@case("accumulated_clipped", rows=29, batch=4)
def _(m):
    m.input("x", [5])
    m.layer("dense", "a", units=6, activation="tanh")
    m.regression(optimizer=O("adam", learning_rate=O("cosine_decay", initial_learning_rate=0.02, decay_steps=10, warmup_target=0.05, warmup_steps=3), global_clipnorm=0.7, weight_decay=0.01), gradient_accumulation_steps=3)


@case("averaged_weights", rows=29, batch=4)
def _(m):
    m.input("x", [5])
    m.layer("dense", "a", units=6, activation="tanh", kernel_constraint="unit_norm")
    m.regression(optimizer=O("sgd", learning_rate=0.05, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3))


@case("lambda_image", rows=7)
def _(m):
    m.input("x", [6, 5, 3], data=m.uniform(6, 5, 3, low=0.1, high=0.9))
    m.layer("conv2d", "c", filters=3, kernel_size=1, activation="sigmoid")
    m.expression("z", "ops::image::rgb_to_hsv(ops::image::resize(previous, [4, 7], { antialias = true }))", lambda x: ops.image.rgb_to_hsv(ops.image.resize(x, (4, 7), antialias=True)), shape=(4, 7, 3))
    m.layer("flatten", "f")
    m.regression(optimizer=O("sgd", learning_rate=0.02))


@case("lambda_solve", rows=9)
def _(m):
    m.input("x", [8])
    m.layer("dense", "d", units=9)
    m.layer("reshape", "r", target_shape=[3, 3])
    m.expression("z", "ops::solve(previous + 4 * ops::eye(3), ops::ones([null, 3, 2])) + ops::expand_dims(ops::expand_dims(ops::logdet(previous + 4 * ops::eye(3)), -1), -1)", lambda x: ops.solve(x + 4 * ops.eye(3), ops.ones((ops.shape(x)[0], 3, 2))) + ops.logdet(x + 4 * ops.eye(3))[:, None, None], shape=(3, 2))
    m.layer("flatten", "f")
    m.regression(optimizer=O("sgd", learning_rate=0.002))


@case("lambda_signal", rows=9)
def _(m):
    m.input("x", [12])
    m.layer("dense", "d", units=12, activation="tanh")
    m.expression("z", "[for p in [ops::rfft(previous)]: ops::sqrt(ops::square(p[0]) + ops::square(p[1]) + 0.01)][0]", lambda x: (lambda p: ops.sqrt(ops.square(p[0]) + ops.square(p[1]) + 0.01))(ops.rfft(x)), shape=(7,))
    m.regression(optimizer=O("sgd", learning_rate=0.02))


@case("lambda_convolution", rows=7)
def _(m):
    x = m.input("x", [6, 3])
    k = m.layer("dense", "k", x, units=4)
    m.expression("z", "ops::conv(previous, ops::ones([2, 4, 3]) * 0.3, { strides = 2, padding = \"same\" }) + ops::average_pool(input.x, 2, 2)", lambda k, x: ops.conv(k, ops.ones((2, 4, 3)) * 0.3, strides=2, padding="same") + ops.average_pool(x, 2, 2), k, x)
    m.layer("flatten", "f")
    m.regression(optimizer=SGD)


@case("wide_text", rows=15)
def _(m):
    x = tokens(m, time=9)
    e = m.layer("embedding", "e", x, input_dim=9, output_dim=5)
    a = m.layer("conv1d", "a", e, filters=3, kernel_size=2, activation="relu")
    b = m.layer("conv1d", "b", e, filters=3, kernel_size=4, activation="relu", strides=2)
    c = m.layer("depthwise_conv1d", "c", e, kernel_size=3)
    p = [m.layer("global_max_pooling1d", f"p{i}", v) for i, v in enumerate((a, b, c))]
    m.layer("concatenate", "j", *p)
    m.layer("dense", "head", units=4, activation="sigmoid")
    m.target("y", m.ints(2, 4).astype("float32"))
    m.fit(loss=O("binary_focal_crossentropy", gamma=1.5, apply_class_balancing=True), optimizer=ADAM, metrics=["binary_accuracy", O("f1_score", average="macro", threshold=0.5)])


@case("regression_metrics", rows=21, val=10, test=6)
def _(m):
    m.input("x", [5])
    m.layer("dense", "h", units=6, activation="celu")
    m.layer("dense", "head", units=2)
    m.target("y", m.normal(2))
    m.weight("w")
    m.fit(loss=O("huber", delta=0.5), optimizer=O("adagrad", learning_rate=0.05), metrics=["mse", "r2_score", "cosine_similarity"], weighted_metrics=["mae"])


@case("autoencoder_images", rows=6, batch=4)
def _(m):
    m.input("x", [8, 8, 1])
    m.layer("conv2d", "a", filters=4, kernel_size=3, strides=2, padding="same", activation="relu")
    m.layer("conv2d", "b", filters=2, kernel_size=3, strides=2, padding="same", activation="relu")
    m.layer("conv2d_transpose", "c", filters=4, kernel_size=3, strides=2, padding="same", activation="relu")
    m.layer("up_sampling2d", "u", size=2)
    m.layer("conv2d", "d", filters=1, kernel_size=3, padding="same", activation="sigmoid")
    m.target("y", m.uniform(8, 8, 1))
    m.fit(loss="binary_crossentropy", optimizer=ADAM, metrics=["mae"])


@case("segmentation", rows=6, batch=4)
def _(m):
    x = m.input("x", [8, 6, 2])
    a = m.layer("conv2d", "a", x, filters=4, kernel_size=3, padding="same", activation="relu")
    p = m.layer("max_pooling2d", "p", a)
    b = m.layer("conv2d", "b", p, filters=5, kernel_size=3, padding="same", activation="relu")
    u = m.layer("up_sampling2d", "u", b)
    j = m.layer("concatenate", "j", a, u)
    m.layer("conv2d", "head", j, filters=3, kernel_size=1, activation="softmax")
    m.target("y", m.ints(3, 8, 6))
    m.fit(loss="sparse_categorical_crossentropy", optimizer=ADAM, metrics=["accuracy", O("mean_iou", num_classes=3, sparse_y_pred=False, name="iou")])


@case("weights_of_pixels", rows=6, batch=4)
def _(m):
    m.input("x", [4, 6, 2])
    m.layer("conv2d", "head", filters=3, kernel_size=3, padding="same", activation="softmax")
    m.target("y", m.ints(3, 4, 6))
    m.weight("w", m.uniform(4, 6))
    m.fit(loss="sparse_categorical_crossentropy", optimizer=ADAM, weighted_metrics=["accuracy"])


@case("channels_first_net", rows=6, batch=4)
def _(m):
    m.input("x", [3, 8, 7])
    m.layer("conv2d", "a", filters=4, kernel_size=3, data_format="channels_first", activation="relu")
    m.layer("batch_normalization", "n", axis=1)
    m.layer("max_pooling2d", "p", data_format="channels_first")
    m.layer("flatten", "f", data_format="channels_first")
    m.classes(3, optimizer=ADAM)


@case("deep_chain", rows=15)
def _(m):
    h = m.input("x", [6])
    for i in range(9):
        d = m.layer("dense", f"d{i}", h, units=6, activation=["relu", "tanh", "sigmoid", "silu", "elu"][i % 5], kernel_initializer="he_normal")
        h = m.layer("add", f"r{i}", d, h)
    m.regression(optimizer=O("lion", learning_rate=0.003))


@case("normal_mixture", rows=15)
def _(m):
    x = m.input("x", [4])
    h = m.layer("dense", "h", x, units=6, activation="tanh")
    mu = m.layer("dense", "mu", h, units=3)
    lv = m.layer("dense", "lv", h, units=3)
    m.expression("z", "layer.mu + ops::exp(0.5 * layer.lv) * ops::take(input.x, [0, 1, 3], { axis = 1 })", lambda a, b, c: a + ops.exp(0.5 * b) * ops.take(c, [0, 1, 3], axis=1), mu, lv, x)
    m.regression(optimizer=SGD)


@case("reuse_head_two_outputs", rows=15)
def _(m):
    a, b = m.input("a", [4]), m.input("b", [4])
    h = m.layer("dense", "h", a, units=5, activation="tanh")
    g = m.reuse("g", h, b)
    p = m.layer("dense", "p", h, units=2, kernel_regularizer="l2")
    q = m.reuse("q", p, g)
    m.output("left", p)
    m.output("right", q)
    m.target("left", m.normal(2))
    m.target("right", m.normal(2))
    m.fit(loss={"left": "mse", "right": "mae"}, loss_weights={"left": 1.0, "right": 0.3}, metrics={"right": ["mse"]}, optimizer=ADAM)


@case("recurrent_dtype_edges", rows=11)
def _(m):
    m.input("x", [1, 1])
    m.layer("lstm", "l", units=1, return_sequences=True, use_bias=False)
    m.layer("bidirectional", "b", merge_mode="mul", inner=[("gru", "g", {"units": 2}), ("gru", "h", {"units": 2, "go_backwards": True, "reset_after": False})])
    m.regression(optimizer=SGD)


@case("pool_and_stride_edges", rows=7, batch=3)
def _(m):
    m.input("x", [5, 11, 1])
    m.layer("conv2d", "a", filters=2, kernel_size=[7, 2], strides=[1, 5], padding="same", activation="relu")
    m.layer("average_pooling2d", "p", pool_size=2, strides=3, padding="same")
    m.layer("conv2d", "b", filters=3, kernel_size=1, strides=2)
    m.layer("adaptive_average_pooling2d", "q", output_size=[3, 2])
    m.layer("flatten", "f")
    m.regression(optimizer=SGD)


@case("embeddings_concatenated", rows=17)
def _(m):
    i = m.input("i", [1], dtype="int32", data=m.ints(5, 1))
    j = m.input("j", [1], dtype="int32", data=m.ints(7, 1))
    x = m.input("x", [3])
    ei = m.layer("embedding", "ei", i, input_dim=5, output_dim=2, embeddings_constraint="non_neg")
    ej = m.layer("embedding", "ej", j, input_dim=7, output_dim=3)
    k = m.layer("concatenate", "k", ei, ej)
    f = m.layer("flatten", "f", k)
    g = m.layer("concatenate", "g", f, x)
    m.layer("dense", "h", g, units=8, activation="relu")
    m.layer("dense", "head", units=1, activation="sigmoid")
    m.target("y", m.ints(2, 1).astype("float32"))
    m.fit(loss="binary_crossentropy", optimizer=O("ftrl", learning_rate=0.1, l1_regularization_strength=0.01), metrics=["accuracy", "auc", "precision", "recall"])


@case("embedding_dot", rows=17)
def _(m):
    i = m.input("i", [1], dtype="int32", data=m.ints(5, 1))
    j = m.input("j", [1], dtype="int32", data=m.ints(7, 1))
    ei = m.layer("embedding", "ei", i, input_dim=5, output_dim=3)
    ej = m.layer("embedding", "ej", j, input_dim=7, output_dim=3)
    d = m.layer("dot", "d", ei, ej, axes=2)
    m.layer("flatten", "f", d)
    m.layer("dense", "head", units=1)
    m.target("y", m.normal(1))
    m.fit(loss="mse", optimizer=O("adamax", learning_rate=0.05))


@case("schedule_and_plateau", rows=21, val=8, epochs=4)
def _(m):
    m.input("x", [5])
    m.layer("dense", "h", units=4, activation="tanh")
    m.regression(optimizer=O("sgd", learning_rate=0.2), callbacks=[O("reduce_lr_on_plateau", patience=1, factor=0.5, monitor="val_loss", min_delta=0.5)])


@case("sigmoid_multi_label", rows=15)
def _(m):
    m.input("x", [5])
    m.layer("dense", "head", units=4, activation="sigmoid")
    m.target("y", m.ints(2, 4).astype("float32"))
    m.fit(loss="binary_crossentropy", optimizer=ADAM, metrics=["binary_accuracy", O("precision", thresholds=0.4), O("auc", multi_label=True, num_labels=4)])


@case("logits_top_k", rows=15, val=6)
def _(m):
    m.input("x", [5])
    m.layer("dense", "head", units=6)
    m.target("y", m.ints(6))
    m.fit(loss=O("sparse_categorical_crossentropy", from_logits=True), optimizer=ADAM, metrics=[O("sparse_top_k_categorical_accuracy", k=2), "accuracy"])


@case("noise_free_dropout", rows=15)
def _(m):
    m.input("x", [6, 4])
    m.layer("spatial_dropout1d", "s", rate=0.0)
    m.layer("gaussian_dropout", "g", rate=0.0)
    m.layer("dense", "d", units=4, activation="hard_tanh")
    m.layer("permute", "p", dims=[2, 1])
    m.layer("cropping1d", "c", cropping=[1, 0])
    m.layer("zero_padding1d", "z", padding=[0, 2])
    m.layer("up_sampling1d", "u", size=2)
    m.layer("gru", "h", units=3, return_sequences=True, activation="relu")
    m.layer("flatten", "f")
    m.regression(optimizer=O("sgd", learning_rate=0.02))
