"""Cases of tensor expressions: lambda layers, add_loss, blocks as losses and metrics."""

from keras import ops

from spec import Fn, O, Table

CASES = Table()
case, each = CASES.case, CASES.each
SGD = O("sgd", learning_rate=0.1, momentum=0.9)


def hidden(m, shape, units=6):
    m.input("x", shape)
    return m.layer("dense", "a", units=units, activation="tanh")


@case("lambda_operators", rows=21)
def _(m):
    a = hidden(m, [5])
    b = m.layer("dense", "b", a, units=6, activation="tanh")
    m.expression("z", "(layer.a - 0.5 * layer.b) / (2 + layer.b * layer.b) + 1 - layer.a % 7 + -layer.b", lambda a, b: (a - 0.5 * b) / (2 + b * b) + 1 - a % 7 + -b, a, b)
    m.regression(optimizer=O("sgd", learning_rate=0.02))


@case("lambda_pointwise", rows=21)
def _(m):
    hidden(m, [5])
    m.expression(
        "z",
        "ops::erf(previous) + ops::sin(previous) * ops::cosh(previous) - ops::arctan(2 * previous) + ops::power(ops::abs(previous) + 0.5, 1.5) + ops::logaddexp(previous, 0.3) + ops::gelu(previous)",
        lambda x: ops.erf(x) + ops.sin(x) * ops.cosh(x) - ops.arctan(2 * x) + ops.power(ops.abs(x) + 0.5, 1.5) + ops.logaddexp(x, 0.3 * ops.ones_like(x)) + ops.gelu(x),
    )
    m.regression(optimizer=SGD)


@case("lambda_where", rows=21)
def _(m):
    a = hidden(m, [5])
    b = m.layer("dense", "b", a, units=6)
    m.expression(
        "z",
        "ops::where(layer.a > layer.b && layer.b > -0.5, layer.a * layer.b, ops::clip(layer.a - layer.b, -0.6, 0.7)) + (layer.a >= 0.1) * layer.b",
        lambda a, b: ops.where(ops.logical_and(a > b, b > -0.5), a * b, ops.clip(a - b, -0.6, 0.7)) + ops.cast(a >= 0.1, "float32") * b,
        a,
        b,
    )
    m.regression(optimizer=SGD)


@case("lambda_normalization", rows=21)
def _(m):
    hidden(m, [4, 5])
    m.expression(
        "z",
        "(previous - ops::mean(previous, { axis = [1, 2], keepdims = true })) / ops::sqrt(ops::var(previous, { axis = [1, 2], keepdims = true }) + 0.01) + ops::normalize(previous) + 0.1 * ops::logsumexp(previous, { axis = 1, keepdims = true })",
        lambda x: (x - ops.mean(x, axis=[1, 2], keepdims=True)) / ops.sqrt(ops.var(x, axis=[1, 2], keepdims=True) + 0.01) + ops.normalize(x) + 0.1 * ops.logsumexp(x, axis=1, keepdims=True),
    )
    m.layer("flatten", "flat")
    m.regression(optimizer=SGD)


@case("lambda_attention", rows=21)
def _(m):
    q = hidden(m, [4, 5])
    k = m.layer("dense", "k", q, units=6)
    v = m.layer("dense", "v", q, units=3)
    m.expression(
        "z",
        'ops::einsum("bts,bsd->btd", ops::softmax(ops::matmul(layer.a, ops::transpose(layer.k, [0, 2, 1])) / ops::sqrt(6) + ops::where(ops::tril(ops::ones([4, 4])), 0, -1000000)), layer.v)',
        lambda q, k, v: ops.einsum("bts,bsd->btd", ops.softmax(ops.matmul(q, ops.transpose(k, [0, 2, 1])) / 6**0.5 + ops.where(ops.tril(ops.ones((4, 4))) > 0, 0.0, -1e6)), v),
        q,
        k,
        v,
    )
    m.layer("flatten", "flat")
    m.regression(optimizer=SGD)


@case("lambda_shapes", rows=21)
def _(m):
    hidden(m, [4, 5])
    m.expression(
        "z",
        "ops::concatenate([ops::flip(previous, { axis = 1 }), ops::roll(previous, 2, { axis = 2 }), ops::repeat(ops::take(previous, [3, 1], { axis = 1 }), 2, { axis = 1 }), ops::pad(ops::split(previous, 2, { axis = 1 })[1], [[0, 0], [1, 1], [0, 0]]), ops::reshape(ops::transpose(previous, [0, 2, 1]), [null, 4, 6])], { axis = -1 })",
        lambda x: ops.concatenate(
            [
                ops.flip(x, axis=1),
                ops.roll(x, 2, axis=2),
                ops.repeat(ops.take(x, [3, 1], axis=1), 2, axis=1),
                ops.pad(ops.split(x, 2, axis=1)[1], [[0, 0], [1, 1], [0, 0]]),
                ops.reshape(ops.transpose(x, [0, 2, 1]), [-1, 4, 6]),
            ],
            axis=-1,
        ),
    )
    m.layer("flatten", "flat")
    m.regression(optimizer=O("sgd", learning_rate=0.02))


@case("lambda_order", rows=21)
def _(m):
    hidden(m, [6, 3])
    m.expression(
        "z",
        "ops::sort(previous, { axis = 1 }) + ops::cumsum(previous, { axis = 1 }) * 0.2 + ops::cumprod(1 + 0.3 * previous, { axis = 2 }) + ops::take_along_axis(previous, ops::argsort(-previous, { axis = 1 }), { axis = 1 }) * ops::max(previous, { axis = 1, keepdims = true })",
        lambda x: ops.sort(x, axis=1) + ops.cumsum(x, axis=1) * 0.2 + ops.cumprod(1 + 0.3 * x, axis=2) + ops.take_along_axis(x, ops.argsort(-x, axis=1), axis=1) * ops.max(x, axis=1, keepdims=True),
    )
    m.layer("flatten", "flat")
    m.regression(optimizer=O("sgd", learning_rate=0.02))


@case("lambda_gather", rows=21)
def _(m):
    x = m.input("x", [6, 3])
    i = m.input("i", [2], dtype="int32", data=m.ints(6, 2))
    a = m.layer("dense", "a", x, units=6, activation="tanh")
    m.expression(
        "z",
        'ops::take_along_axis(layer.a, ops::repeat(ops::expand_dims(input.i, -1), 6, { axis = -1 }), { axis = 1 }) * ops::one_hot(input.i, 6) + ops::cast(ops::expand_dims(input.i, -1) * 2 - 1, "float32")',
        lambda a, i: ops.take_along_axis(a, ops.repeat(ops.expand_dims(i, -1), 6, axis=-1), axis=1) * ops.one_hot(i, 6) + ops.cast(ops.expand_dims(i, -1) * 2 - 1, "float32"),
        a,
        i,
        shape=(2, 6),
    )
    m.layer("flatten", "flat")
    m.regression(optimizer=O("sgd", learning_rate=0.005))


@case("lambda_outputs", rows=21)
def _(m):
    hidden(m, [5])
    z = m.expression("z", "ops::split(previous, 3, { axis = -1 })", lambda x: ops.split(x, 3, axis=-1))
    m.layer("multiply", "p", z.outs[0], z.outs[2])
    m.regression(optimizer=SGD)


@case("lambda_mask", rows=21)
def _(m):
    x = m.input("x", [5, 3])
    m.expression("z", "input.x * 2", lambda x: x * 2, x, mask=("ops::sum(input.x, { axis = -1 }) > -0.5", lambda x: ops.sum(x, axis=-1) > -0.5))
    m.layer("lstm", "read", units=4)
    m.regression(optimizer=SGD)


@case("softmax_mask", rows=21)
def _(m):
    """The last example's steps are all masked."""
    x = m.normal(5)
    x[-1] = -2
    x = m.input("x", [5], data=x)
    m.expression("z", "input.x * 2", lambda x: x * 2, x, mask=("input.x > -0.5", lambda x: x > -0.5))
    m.layer("softmax", "p")
    m.expression("q", "previous * 3", lambda x: x * 3)
    m.regression(optimizer=SGD)


@case("add_loss_scalar", rows=21, val=6)
def _(m):
    a = hidden(m, [5])
    m.add_loss("kl", "-0.05 * ops::mean(1 + layer.a - ops::square(layer.a) - ops::exp(layer.a))", lambda a: -0.05 * ops.mean(1 + a - ops.square(a) - ops.exp(a)), a)
    m.regression(optimizer=SGD)


@case("add_loss_examples", rows=21)
def _(m):
    """Of a value for each example Keras adds the sum."""
    a = hidden(m, [5])
    b = m.layer("dense", "b", a, units=6)
    m.add_loss("near", "0.01 * ops::sum(ops::abs(layer.a - layer.b), { axis = -1 })", lambda a, b: 0.01 * ops.sum(ops.abs(a - b), axis=-1), a, b)
    m.regression(optimizer=SGD)


PINBALL = """
block "pinball" {
  param "q" {
    type    = number
    default = 0.5
  }

  input "y_true" {}

  input "y_pred" {}

  layer "lambda" "error" {
    function = input.y_true - input.y_pred
  }

  layer "lambda" "value" {
    function = ops::mean(ops::maximum(param.q * layer.error, (param.q - 1) * layer.error), { axis = -1 })
  }
}
"""


def pinball(y, p, q=0.5):
    e = y - p
    return ops.mean(ops.maximum(q * e, (q - 1) * e), axis=-1)


@case("loss_block", rows=21, val=6)
def _(m):
    m.block(PINBALL)
    hidden(m, [5])
    m.regression(loss=Fn("pinball", pinball, q=0.9), optimizer=SGD, metrics=[Fn("pinball", pinball), Fn("pinball", pinball, q=0.2, name="low")])


@case("loss_block_weights", rows=21)
def _(m):
    m.block(PINBALL)
    hidden(m, [4, 5])
    m.layer("dense", "head", units=3)
    m.target("y", m.normal(4, 3))
    m.weight("w", m.uniform(1, low=0.2, high=2.0))
    m.fit(loss=Fn("pinball", pinball, q=0.7, reduction="sum"), optimizer=O("sgd", learning_rate=0.01))


@case("loss_block_classes", rows=21)
def _(m):
    """Class numbers come as floats, and keep their rank."""
    m.block(
        """
block "focal" {
  input "y_true" {}

  input "y_pred" {}

  layer "lambda" "p" {
    function = ops::sum(ops::one_hot(ops::cast(input.y_true, "int32"), 4) * input.y_pred, { axis = -1 })
  }

  layer "lambda" "value" {
    function = -ops::power(1 - layer.p, 2) * ops::log(layer.p + 0.001)
  }
}
"""
    )

    def focal(y, p):
        p = ops.sum(ops.one_hot(ops.cast(y, "int32"), 4) * p, axis=-1)
        return -ops.power(1 - p, 2) * ops.log(p + 0.001)

    hidden(m, [5])
    m.classes(loss=Fn("focal", focal), optimizer=SGD, metrics=["accuracy"])


RELATIVE = """
block "relative" {
  param "floor" {
    type    = number
    default = 0.1
  }

  input "y_true" {}

  input "y_pred" {}

  layer "lambda" "error" {
    function = input.y_true - input.y_pred
  }

  layer "lambda" "value" {
    function = ops::sum(ops::square(layer.error)) / (ops::sum(ops::square(input.y_true)) + param.floor)
  }
}
"""


def relative(y, p, floor=0.1):
    return ops.sum(ops.square(y - p)) / (ops.sum(ops.square(y)) + floor)


@each("loss_block_batch", {"mean": dict(), "sum": dict(reduction="sum")}, rows=21, val=6)
def _(m, **args):
    """One number for the whole batch."""
    m.block(RELATIVE)
    hidden(m, [5])
    m.regression(loss=Fn("relative", relative, floor=0.5, **args), optimizer=SGD, metrics=[Fn("relative", relative)])


@each("loss_block_batch_weighted", {"mean": dict(), "sum": dict(reduction="sum")}, rows=21)
def _(m, **args):
    m.block(RELATIVE)
    hidden(m, [5])
    m.weight("w", m.uniform(low=0.2, high=2.0))
    m.regression(loss=Fn("relative", relative, **args), optimizer=O("sgd", learning_rate=0.01))
