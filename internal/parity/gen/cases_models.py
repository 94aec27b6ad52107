"""Cases of whole models: several inputs and outputs, sharing, blocks, and small versions of well-known networks."""

import keras

from spec import O, T, Table

CASES = Table()
case, each = CASES.case, CASES.each


@case("siamese", rows=19)
def _(m):
    a = m.input("a", [5])
    b = m.input("b", [5])
    x = m.layer("dense", "encode", a, units=4, activation="tanh", kernel_regularizer="l2")
    y = m.reuse("encode_b", x, b)
    m.layer("multiply", "product", x, y)
    m.layer("dense", "same", units=1, activation="sigmoid")
    m.target("same", m.ints(2, 1).astype("float32"))
    m.fit(loss="binary_crossentropy", optimizer=O("adam", learning_rate=0.02), metrics=["accuracy"])


@case("shared_in_chain", rows=19)
def _(m):
    """One layer three times in a row."""
    m.input("x", [4])
    a = m.layer("dense", "a", units=4, activation="tanh")
    m.reuse("b", a)
    m.reuse("c", a)
    m.regression()


@case("shared_convolution", rows=11)
def _(m):
    """On two sizes of image."""
    a = m.input("a", [6, 6, 2])
    b = m.input("b", [4, 5, 2])
    x = m.layer("conv2d", "conv", a, filters=3, kernel_size=3, activation="relu")
    y = m.reuse("conv_b", x, b)
    p = m.layer("global_average_pooling2d", "p", x)
    q = m.layer("global_max_pooling2d", "q", y)
    m.layer("concatenate", "j", p, q)
    m.classes(3)


@case("shared_embedding", rows=19)
def _(m):
    a = m.input("a", [], dtype="int32", data=m.ints(6))
    b = m.input("b", [3], dtype="int32", data=m.ints(6, 3))
    x = m.layer("embedding", "e", a, input_dim=6, output_dim=3)
    y = m.reuse("e_b", x, b)
    z = m.layer("flatten", "flat", y)
    m.layer("concatenate", "j", x, z)
    m.classes(3)


@case("outputs_three", rows=19)
def _(m):
    """One loss for all outputs, one output on the way, one straight from an input."""
    x = m.input("x", [4])
    h = m.layer("dense", "h", x, units=2, activation="tanh")
    a = m.layer("dense", "a", h, units=2)
    b = m.layer("dense", "b", x, units=2)
    m.output("middle", h)
    m.output("end", a)
    m.output("side", b)
    for name in ("middle", "end", "side"):
        m.target(name, m.normal(2))
    m.fit(loss={"middle": "mse", "end": "mse", "side": "mae"})


@case("outputs_one_named", rows=19)
def _(m):
    """A single output by name: its metrics have no prefix."""
    x = m.input("x", [4])
    h = m.layer("dense", "h", x, units=3, activation="tanh")
    a = m.layer("dense", "a", h, units=2)
    m.output("size", a)
    m.target("size", m.normal(2))
    m.fit(loss="mse", metrics=["mae"])


@case("outputs_partial_loss", rows=19)
def _(m):
    """An output without a loss: its own layer does not move."""
    x = m.input("x", [4])
    h = m.layer("dense", "h", x, units=3, activation="tanh")
    a = m.layer("dense", "a", h, units=2)
    b = m.layer("dense", "b", h, units=2, kernel_regularizer="l2")
    m.output("end", a)
    m.output("free", b)
    m.target("end", m.normal(2))
    m.no_loss = ["free"]
    m.fit(loss={"end": "mse"})


@case("inputs_unused_feature", rows=19)
def _(m):
    """The file has a column that no feature names."""
    m.input("x", [4])
    m.columns["other"] = m.normal(2)
    m.layer("dense", "h", units=3, activation="tanh")
    m.regression()


@case("branches_and_joins", rows=13)
def _(m):
    """Fan-out of one tensor to five consumers; gradients add in some order."""
    x = m.input("x", [6])
    h = m.layer("dense", "h", x, units=5, activation="relu")
    a = m.layer("dense", "a", h, units=5, activation="tanh")
    b = m.layer("dense", "b", h, units=5, activation="sigmoid")
    c = m.layer("multiply", "c", a, b, h)
    d = m.layer("add", "d", a, c, h)
    e = m.layer("average", "e", d, b)
    f = m.layer("maximum", "f", e, a)
    m.layer("concatenate", "g", f, e, d, c)
    m.classes(4, optimizer=O("adam", learning_rate=0.01))


@case("lenet", rows=13, batch=5)
def _(m):
    m.neutral = True
    m.input("image", [14, 14, 1], data=m.ints(256, 14, 14, 1).astype("uint8"))
    m.layer("rescaling", "scale", scale=0.00392156862745098)
    m.layer("conv2d", "c1", filters=4, kernel_size=5, padding="same", activation="tanh")
    m.layer("average_pooling2d", "s2", pool_size=2)
    m.layer("conv2d", "c3", filters=6, kernel_size=5, activation="tanh")
    m.layer("average_pooling2d", "s4", pool_size=2, padding="same")
    m.layer("flatten", "flat")
    m.layer("dense", "f5", units=12, activation="tanh")
    m.layer("dense", "f6", units=8, activation="tanh")
    m.classes(10, optimizer=O("sgd", learning_rate=0.05, momentum=0.9, nesterov=True), metrics=["accuracy"])


@case("vgg_bn", rows=13, batch=5)
def _(m):
    m.input("image", [8, 8, 3])
    for i, filters in enumerate((4, 6)):
        m.layer("conv2d", f"conv{i}", filters=filters, kernel_size=3, padding="same", use_bias=False, kernel_initializer="he_normal")
        m.layer("batch_normalization", f"bn{i}")
        m.layer("relu", f"relu{i}", max_value=6.0)
        m.layer("max_pooling2d", f"pool{i}")
        m.layer("dropout", f"drop{i}", rate=0)
    m.layer("flatten", "flat")
    m.layer("dense", "fc", units=8, activation="relu", kernel_regularizer=O("l2", l2=0.001))
    m.classes(4, optimizer=O("adam", learning_rate=0.003), metrics=["accuracy"])


@case("inception", rows=11, batch=4)
def _(m):
    x = m.input("image", [7, 7, 3])
    a = m.layer("conv2d", "a1", x, filters=2, kernel_size=1, activation="relu")
    m.layer("conv2d", "b1", x, filters=2, kernel_size=1, activation="relu")
    b = m.layer("conv2d", "b3", filters=3, kernel_size=3, padding="same", activation="relu")
    m.layer("conv2d", "c1", x, filters=2, kernel_size=1, activation="relu")
    c = m.layer("conv2d", "c5", filters=2, kernel_size=5, padding="same", activation="relu")
    m.layer("max_pooling2d", "dpool", x, pool_size=3, strides=1, padding="same")
    d = m.layer("conv2d", "d1", filters=2, kernel_size=1, activation="relu")
    m.layer("concatenate", "join", a, b, c, d)
    m.layer("global_average_pooling2d", "gap")
    m.classes(5, optimizer=O("rmsprop", learning_rate=0.002, momentum=0.9, epsilon=0.001))


@case("mobile", rows=11, batch=4)
def _(m):
    """Grouped convolution as a depthwise one, relu6, batch normalization, a residual."""
    m.input("image", [6, 6, 4])
    start = m.layer("conv2d", "expand", filters=8, kernel_size=1, use_bias=False)
    m.layer("batch_normalization", "bn1", momentum=0.9)
    m.layer("activation", "a1", activation="relu6")
    m.layer("conv2d", "depthwise", filters=8, kernel_size=3, groups=8, padding="same", use_bias=False)
    m.layer("batch_normalization", "bn2", momentum=0.9)
    m.layer("activation", "a2", activation="hard_silu")
    m.layer("conv2d", "project", filters=8, kernel_size=1, use_bias=False)
    m.layer("add", "sum", m.last, start)
    m.layer("global_average_pooling2d", "gap")
    m.classes(4, optimizer=O("adam", learning_rate=0.005))


@case("segmentation", rows=7, batch=3)
def _(m):
    """A class for each pixel."""
    x = m.input("image", [6, 5, 2])
    a = m.layer("conv2d", "a", x, filters=4, kernel_size=3, padding="same", activation="relu")
    m.layer("batch_normalization", "bn")
    m.layer("concatenate", "skip", m.last, x)
    m.layer("conv2d", "mask", filters=3, kernel_size=1, activation="softmax")
    m.target("y", m.ints(3, 6, 5))
    m.fit(loss="sparse_categorical_crossentropy", metrics=["accuracy"], optimizer=O("adam", learning_rate=0.01))


@case("wide_and_deep", rows=37, val=11, test=9)
def _(m):
    numbers = m.input("numbers", [4])
    city = m.input("city", [], dtype="int32", data=m.ints(7))
    job = m.input("job", [], dtype="int32", data=m.ints(5))
    e = m.layer("embedding", "city_vector", city, input_dim=7, output_dim=3)
    f = m.layer("embedding", "job_vector", job, input_dim=5, output_dim=2)
    m.layer("concatenate", "deep", numbers, e, f)
    m.layer("dense", "hidden1", units=8, activation="relu")
    m.layer("layer_normalization", "ln")
    deep = m.layer("dense", "hidden2", units=4, activation="relu")
    m.layer("concatenate", "both", deep, numbers)
    m.layer("dense", "income", units=1, activation="sigmoid")
    m.target("income", m.ints(2, 1).astype("float32"))
    m.fit(
        loss="binary_crossentropy", metrics=["accuracy", "auc"],
        optimizer=O("adamw", learning_rate=O("cosine_decay", initial_learning_rate=0.02, decay_steps=10), weight_decay=0.05, global_clipnorm=1.0),
    )  # fmt: skip


@case("autoencoder", rows=13)
def _(m):
    """The target is a column of the same values as the input."""
    x = m.input("x", [6])
    m.layer("dense", "down", units=3, activation="elu", activity_regularizer=O("l1", l1=0.01))
    m.layer("dense", "up", units=6)
    m.target("y", m.columns["x"].copy())
    m.fit(loss="mse", optimizer=O("adam", learning_rate=0.01))


@case("mixer", rows=9, batch=4)
def _(m):
    """Layer normalization, gelu and residuals over tokens."""
    m.input("image", [6, 6, 2])
    m.layer("conv2d", "patches", filters=6, kernel_size=2, strides=2)
    x = m.layer("reshape", "tokens", target_shape=[9, 6])
    m.layer("layer_normalization", "ln1")
    m.layer("dense", "up", units=9, activation="gelu")
    m.layer("dense", "down", units=6)
    x = m.layer("add", "residual", x, m.last)
    m.layer("layer_normalization", "ln2", epsilon=1e-6)
    m.layer("flatten", "flat")
    m.classes(3, loss=O("sparse_categorical_crossentropy"), optimizer=O("adamw", learning_rate=0.005, weight_decay=0.01))


# Blocks. Keras has none: its layers are named by the path that dlrun gives them, with | for /, and model.hcl is written by hand.


def residual(x, path, filters, strides, project):
    """A residual block of keras.layers, the twin of block "residual" below."""

    def conv_bn(x, name, kernel_size, strides, relu):
        regularizer = keras.regularizers.L2(0.001)
        x = keras.layers.Conv2D(filters, kernel_size, strides=strides, padding="same", use_bias=False, kernel_regularizer=regularizer, name=f"{path}|{name}|conv")(x)
        x = keras.layers.BatchNormalization(momentum=0.9, name=f"{path}|{name}|bn")(x)
        return keras.layers.ReLU()(x) if relu else x

    y = conv_bn(conv_bn(x, "first", 3, strides, True), "second", 3, 1, False)
    if project:
        x = conv_bn(x, "shortcut", 1, strides, False)
    return keras.layers.ReLU()(keras.layers.Add()([y, x]))


RESNET = """
block "conv_bn" {
  param "filters" {
    type = number
  }
  param "kernel_size" {
    type    = number
    default = 3
  }
  param "strides" {
    type    = number
    default = 1
  }
  param "activation" {
    type    = string
    default = "relu"
  }

  layer "conv2d" "conv" {
    filters     = param.filters
    kernel_size = param.kernel_size
    strides     = param.strides
    padding     = "same"
    use_bias    = false

    kernel_regularizer "l2" {
      l2 = 0.001
    }
  }
  layer "batch_normalization" "bn" {
    momentum = 0.9
  }
  layer "activation" "act" {
    activation = param.activation
  }
}

block "residual" {
  param "filters" {
    type = number
  }
  param "strides" {
    type    = number
    default = 1
  }

  input "x" {}

  layer "conv_bn" "first" {
    filters = param.filters
    strides = param.strides
  }
  layer "conv_bn" "second" {
    filters    = param.filters
    activation = "linear"
  }
  layer "conv_bn" "shortcut" {
    enabled     = param.strides != 1 || input.x.shape[2] != param.filters
    inputs      = [input.x]
    filters     = param.filters
    kernel_size = 1
    strides     = param.strides
    activation  = "linear"
  }
  layer "add" "sum" {
    inputs = [layer.second, layer.shortcut]
  }
  layer "activation" "act" {
    activation = "relu"
  }
}

model "m" {
  input "x" {
    shape = [8, 8, 3]
  }
  layer "conv_bn" "stem" {
    filters = 4
  }
  layer "residual" "stage1" {
    count   = 2
    filters = 4
  }
  layer "residual" "stage2" {
    for_each = [2, 1]
    filters  = 6
    strides  = each.value
  }
  layer "global_average_pooling2d" "pool" {}
  layer "dense" "class" {
    units      = 4
    activation = "softmax"
  }
}
"""


@case("resnet_blocks", rows=13, batch=5)
def _(m):
    x = m.input("x", [8, 8, 3]).tensor
    x = keras.layers.Conv2D(4, 3, padding="same", use_bias=False, kernel_regularizer=keras.regularizers.L2(0.001), name="stem|conv")(x)
    x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9, name="stem|bn")(x))
    for path, filters, strides, project in (("stage1.0", 4, 1, False), ("stage1.1", 4, 1, False), ("stage2.0", 6, 2, True), ("stage2.1", 6, 1, False)):
        x = residual(x, path, filters, strides, project)
    x = keras.layers.GlobalAveragePooling2D()(x)
    m.last.tensor = keras.layers.Dense(4, activation="softmax", name="class")(x)
    m.model_text = RESNET
    m.target("y", m.ints(4))
    m.fit(loss="sparse_categorical_crossentropy", metrics=["accuracy"], optimizer=O("sgd", learning_rate=0.05, momentum=0.9))


REPEATED = """
model "m" {
  input "x" {
    shape = [5]
  }
  layer "dense" "hidden" {
    for_each   = [6, 4]
    units      = each.value
    activation = each.key == 0 ? "relu" : "tanh"
  }
  layer "dense" "branch" {
    for_each = toset(["b", "a"])
    inputs   = [layer.hidden]
    units    = 3
  }
  layer "concatenate" "join" {
    inputs = values(layer.branch)
  }
  layer "dense" "deep" {
    count  = 2
    inputs = [previous]
    units  = 6
  }
  layer "add" "sum" {
    inputs = [layer.deep, layer.hidden[0]]
  }
  layer "dense" "head" {
    units = 2
  }
}
"""


@case("repeated_layers", rows=19)
def _(m):
    """for_each and count in a chain, and as branches in the order of their keys."""
    x = m.input("x", [5]).tensor
    first = keras.layers.Dense(6, activation="relu", name="hidden.0")(x)
    y = keras.layers.Dense(4, activation="tanh", name="hidden.1")(first)
    y = keras.layers.Concatenate()([keras.layers.Dense(3, name=f"branch.{key}")(y) for key in ("a", "b")])
    y = keras.layers.Dense(6, name="deep.1")(keras.layers.Dense(6, name="deep.0")(y))
    m.last.tensor = keras.layers.Dense(2, name="head")(keras.layers.Add()([y, first]))
    m.model_text = REPEATED
    m.target("y", m.normal(2))
    m.fit(loss="mse")


# A block inside time_distributed.

STEP = """
block "step" {
  layer "conv1d" "conv" {
    filters     = 3
    kernel_size = 2
    activation  = "tanh"
  }
  layer "batch_normalization" "bn" {
    enabled = ENABLED
  }
  layer "flatten" "flat" {}
  layer "dense" "d" {
    units              = 4
    kernel_regularizer = "l2"
  }
}
"""


@each("time_distributed_block", {"plain": dict(bn=False), "normalized": dict(bn=True)}, rows=13, batch=5)
def _(m, bn):
    m.block(STEP.replace("ENABLED", "true" if bn else "false"))
    x = m.input("x", [3, 5, 2])
    body = m.hcl.block("layer", "time_distributed", "td")
    body.block("layer", "step", "s")
    i = y = keras.Input((5, 2))
    y = keras.layers.Conv1D(3, 2, activation="tanh", name="td|s|conv")(y)
    if bn:
        y = keras.layers.BatchNormalization(name="td|s|bn")(y)
    y = keras.layers.Dense(4, kernel_regularizer="l2", name="td|s|d")(keras.layers.Flatten()(y))
    layer = keras.layers.TimeDistributed(keras.Model(i, y), name="td")
    m.last = T(layer(x.tensor), "layer.td", layer)
    m.layer("flatten", "flat")
    m.regression(optimizer=O("sgd", learning_rate=0.05))
