"""Writes builder/expr/testdata/keras.json: what keras.ops makes of the expressions below (of float64, which some functions of Keras take for float32).

    python3 internal/parity/gen/ops.py > builder/expr/testdata/keras.json

A developer runs this when a function of tensors is added; no test does. It needs `pip install keras jax numpy`. An expression is written as in a model
file and turned into Python by rule, so that the two cannot drift apart. One that begins with "!" has no gradient to check (it is flat, or has kinks that
finite differences would meet).
"""

import json
import os
import re

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import ops  # noqa: E402

keras.config.set_floatx("float64")
rng = np.random.default_rng(7)


def floats(*shape, lo=-1.0, hi=1.0):
    return rng.uniform(lo, hi, shape).astype("float32").astype("float64")


# The first axis of a name in small letters is the batch.
INPUTS = {
    "a": floats(3, 4),
    "b": floats(3, 4),
    "p": floats(3, 4, lo=0.2, hi=3),
    "q": floats(3, 4, lo=1.2, hi=4),
    "s": floats(3, 4, lo=0.05, hi=0.95),
    "t": floats(3, 2, 4),
    "m": floats(3, 4, 4),
    "v": floats(3, 3),
    "w": floats(3, 3),
    "r": floats(3),
    "e": floats(3, 4, 2),
    "i": rng.integers(0, 4, (3,)).astype("int32"),
    "j": rng.integers(0, 4, (3, 2)).astype("int32"),
    "k": rng.integers(-6, 7, (3, 4)).astype("int32"),
    "l": rng.integers(1, 5, (3, 4)).astype("int32"),
    "z": np.array([[0, 1, 0, -2], [3, 0, 0, 0], [1.5, 2, 0, -0.5]], dtype="float64"),
    "A": floats(4, 5),
    "B": floats(5, 4),
    "G": floats(4),
    "S": np.sort(floats(6)),
}

POINTWISE = "arctan arcsinh cbrt cos cosh erf exp expm1 hard_silu log_sigmoid selu sigmoid silu sin sinh softplus softsign sparse_plus sparse_sigmoid tan tanh tanh_shrink abs square negative hard_sigmoid hard_tanh relu relu6 swish hard_swish absolute exp2 deg2rad rad2deg sinc gelu elu celu leaky_relu squareplus copy real conj conjugate convert_to_tensor array".split()
EXPRESSIONS = [f"ops::{n}(a)" for n in POINTWISE]
EXPRESSIONS += [f"ops::{n}(s)" for n in "arccos arcsin arctanh erfinv erfc".split()]
EXPRESSIONS += [f"ops::{n}(q)" for n in "arccosh log log1p log2 log10 reciprocal rsqrt sqrt".split()]
EXPRESSIONS += [f"!ops::{n}(3 * a)" for n in "floor ceil trunc sign round".split()]
EXPRESSIONS += [f"!ops::{n}(a / z)" for n in "isnan isinf isfinite isposinf isneginf".split()]
EXPRESSIONS += [f"ops::{n}(a, b)" for n in "add subtract multiply maximum minimum arctan2 hypot logaddexp logaddexp2".split()]
EXPRESSIONS += [f"!ops::{n}(z, 0)" for n in "equal not_equal less less_equal greater greater_equal".split()]
EXPRESSIONS += [f"!ops::{n}(k, l)" for n in "equal less greater_equal maximum add multiply subtract mod floor_divide divide minimum".split()]
EXPRESSIONS += [f"!ops::{n}(z > 0, a > 0)" for n in "logical_and logical_or logical_xor".split()]
EXPRESSIONS += [f"ops::{n}(t, {{ axis = {x} }})" for n in "sum mean max min prod var std logsumexp".split() for x in ("1", "[0, 2]", "-1")]
EXPRESSIONS += [f"ops::{n}(a)" for n in "sum mean max min prod var std logsumexp ptp average amax amin norm".split()]
EXPRESSIONS += [f"ops::{n}(t, {{ axis = 1, keepdims = true }})" for n in "sum mean max min prod var std logsumexp median".split()]
EXPRESSIONS += [f"!ops::{n}(t, {{ axis = {x} }})" for n in ("argmax", "argmin") for x in (1, -1)]
EXPRESSIONS += [f"!ops::{n}(a)" for n in ("argmax", "argmin")]
EXPRESSIONS += [f"!ops::{n}(z, {{ axis = {x} }})" for n in ("any", "all", "count_nonzero") for x in (0, 1)]
EXPRESSIONS += [f"!ops::{n}(a / z * 0 + b, {{ axis = 1 }})" for n in ("nansum", "nanmean", "nanmax", "nanmin", "nanprod", "nancumsum", "nancumprod", "nanvar", "nanstd", "nanargmax", "nanargmin")]
EXPRESSIONS += """
a + b
a - 2 * b
1 - a
2 / q
a / p
a / 3
-a
!a % 0.3
!k % 3
!-k
!k / 4
!k + 0.5
!k * 2
!(a > b) && (a > 0)
!(a > b) || !(a > 0)
!a == a
!k != 2
!a >= 0.25
!1 < q
ops::divide(a, q)
ops::true_divide(a, q)
ops::power(p, b)
ops::power(p, 3)
ops::power(2, a)
ops::power(a, 2)
ops::fmax(a, b)
ops::fmin(a, b)
ops::divide_no_nan(a, p)
!ops::divide_no_nan(a, z)
!ops::mod(3 * a, 0.7)
!ops::floor_divide(3 * a, 0.7)
!ops::fmod(3 * a, 0.7)
!ops::fmod(k, l)
!ops::heaviside(z, 0.5)
!ops::allclose(a, a + 0.000001)
ops::fliplr(a)
ops::flipud(t)
ops::dstack([a, b])
ops::column_stack([r, a])
ops::hsplit(t, 2)[1]
ops::dsplit(t, [1])[1]
ops::vsplit(A, 2)[0]
!ops::isclose(a, a + 0.000001)
ops::ldexp(a, 3)
!ops::round(3 * a, 1)
ops::clip(a, -0.5, 0.25)
!ops::clip(k, -2, 3)
ops::fabs(a)
ops::median(a, { axis = 1 })
ops::percentile(a, 25, { axis = 1 })
!ops::nan_to_num(a / z, { nan = 1.0, posinf = 2.0, neginf = -3.0 })
ops::gelu(a, false)
ops::gelu(a, { approximate = true })
ops::elu(a, 0.5)
ops::celu(a, 0.5)
ops::leaky_relu(a, { negative_slope = 0.1 })
ops::hard_shrink(a, 0.25)
ops::soft_shrink(a, { threshold = 0.25 })
ops::threshold(a, 0.1, -2)
ops::squareplus(a, 2)
ops::softmax(a)
ops::softmax(t, 1)
ops::softmax(t, [1, 2])
ops::log_softmax(t, { axis = 1 })
ops::sparsemax(3 * a)
ops::glu(a)
ops::glu(t, 1)
ops::where(a > b, a, b)
ops::where(z > 0, a, 0)
ops::where(z, a, [1, 2, 3, 4])
ops::select([a > 0.5, a > 0], [a, b], 0.25)
!ops::logical_not(z)
!ops::cast(3 * a, "int32")
!ops::cast(k, "float64") * 0.5
!ops::abs(k)
!ops::square(k)
!ops::sign(k)
!ops::negative(k)
!ops::sum(k)
!ops::sum(z > 0)
!ops::max(k, { axis = 1 })
!ops::mean(k, { axis = 1 })
ops::moments(t, { axes = [1] })[0]
ops::moments(t, { axes = [0, 2], keepdims = true })[1]
ops::average(a, { axis = 1, weights = G * G })
ops::average(a, { axis = 0 })
ops::median(t, { axis = [1, 2] })
ops::quantile(a, 0.3, { axis = 1 })
ops::quantile(t, 0.75, { axis = -1, method = "nearest", keepdims = true })
ops::norm(a, { axis = 1 })
ops::norm(a, { ord = 1, axis = 1 })
ops::norm(a, { ord = 3, axis = -1, keepdims = true })
ops::norm(r, { ord = 2 })
ops::normalize(a)
ops::normalize(t, { axis = 1 })
ops::normalize(a, { axis = 1, order = 3 })
ops::cumsum(a, { axis = 1 })
ops::cumsum(a, 0)
ops::cumsum(a)
ops::cumprod(t, { axis = 2 })
!ops::cumsum(k, { axis = 1 })
ops::sort(t, { axis = 1 })
ops::sort(a)
!ops::argsort(t, { axis = -1 })
!ops::sort(k)
ops::top_k(a, 2)[0]
!ops::top_k(t, 3)[1]
!ops::in_top_k(i, a, 2)
ops::diff(a)
ops::diff(t, { n = 2, axis = -1 })
ops::trapezoid(a, { dx = 0.5 })
ops::reshape(a, [null, 2, 2])
ops::reshape(t, [-1, 4])
ops::reshape(t, [null, -1])
ops::ravel(a)
ops::transpose(a)
ops::transpose(t, [0, 2, 1])
ops::transpose(t, { axes = [2, 0, 1] })
ops::swapaxes(t, 1, 2)
ops::moveaxis(t, 0, -1)
ops::moveaxis(t, [0, 1], [1, 2])
ops::expand_dims(a, 1)
ops::expand_dims(a, [0, -1])
ops::squeeze(ops::expand_dims(a, 1))
ops::squeeze(ops::expand_dims(a, [1, 2]), { axis = 1 })
ops::broadcast_to(G, [3, 4])
ops::tile(a, 2)
ops::tile(a, [2, 1, 3])
ops::repeat(a, 2)
ops::repeat(t, 3, { axis = 1 })
ops::flip(t)
ops::flip(t, { axis = 2 })
ops::roll(a, 3)
ops::roll(t, 1, { axis = 2 })
ops::roll(t, -3, { axis = 2 })
ops::rot90(a)
ops::rot90(t, { k = 3, axes = [1, 2] })
ops::concatenate([a, b])
ops::concatenate([a, v, b], { axis = -1 })
ops::append(a, b)
ops::append(a, v, { axis = 1 })
ops::stack([a, b], { axis = 1 })
ops::stack([a, b, a * b], -1)
ops::hstack([a, v])
ops::vstack([a, b])
ops::split(a, 2, { axis = 1 })[1]
ops::split(a, [1, 3], { axis = 1 })[1]
ops::array_split(a, 3, { axis = 1 })[0]
ops::array_split(a, 3, { axis = 1 })[2]
ops::unstack(t, { axis = 1 })[1]
ops::pad(a, [[0, 0], [1, 2]], { constant_values = 3 })
ops::pad(t, [[0, 0], [1, 1], [2, 1]], "reflect")
ops::pad(t, [[0, 0], [2, 1], [2, 4]], { mode = "symmetric" })
!ops::meshgrid(G, r)[0]
!ops::meshgrid(G, r, { indexing = "ij" })[1]
ops::take(a, 2, { axis = 1 })
ops::take(a, [3, 1, -1, 1], { axis = 1 })
ops::take(a, j, { axis = 1 })
ops::take(A, i, { axis = 0 })
ops::take(a, 5)
ops::take_along_axis(a, j, { axis = 1 })
ops::take_along_axis(t, ops::reshape(j, [null, 2, 1]), { axis = 2 })
ops::get_item(a, 1)
ops::slice(t, [0, 1, 1], [null, 1, 2])
t[1]
ops::diagonal(m, { axis1 = 2, axis2 = 1 })
ops::diagonal(m, { offset = 1, axis1 = 1, axis2 = 2 })
ops::trace(m, { axis1 = 1, axis2 = 2 })
ops::trace(m, 0, 2, 1)
ops::tril(m)
ops::triu(m, { k = 1 })
!ops::one_hot(i, 4)
!ops::one_hot(j, 5, { axis = 1 })
!ops::multi_hot(j, 4)
ops::segment_sum(a, i, 4)
!ops::isin(k, [1, 2, -3])
!ops::searchsorted(S, a)
!ops::searchsorted(S, S, { side = "right" })
!ops::digitize(a, [-0.5, 0.0, 0.5])
!ops::bincount(j, { minlength = 4 })
a + ops::zeros([null, 4])
a * ops::ones([4])
a + ops::full([4], 2.5)
a * ops::full_like(a, 3)
a + ops::ones_like(a) - ops::zeros_like(a)
a * ops::arange(4)
a * ops::arange(1, 5)
a * ops::arange(0.0, 2.0, 0.5)
a * ops::linspace(0, 1, 4)
a * ops::linspace(0, 1, { num = 4, endpoint = false })
a * ops::logspace(0, 1, 4)
ops::matmul(a, ops::eye(4))
ops::matmul(a, ops::eye(4, 5, 1))
ops::matmul(a, ops::identity(4))
ops::matmul(a, ops::tri(4))
a * ops::bartlett(4)
a * ops::hanning(4)
a * ops::hamming(4)
a * ops::blackman(4)
ops::matmul(a, A)
ops::matmul(t, A)
ops::matmul(t, m)
ops::matmul(a, G)
ops::matmul(G, ops::transpose(a))
ops::matmul(m, ops::expand_dims(a, -1))
ops::dot(a, A)
ops::dot(t, G)
ops::dot(r, r)
ops::inner(a, b)
ops::inner(t, G)
ops::vdot(a, b)
ops::outer(r, G)
ops::tensordot(t, A, 1)
ops::tensordot(t, m, { axes = [[0, 2], [0, 1]] })
ops::einsum("bij,bjk->bik", t, m)
ops::einsum("bi,io->bo", a, A)
ops::einsum("bi,bj->bij", a, v)
ops::einsum("bij->bj", t)
ops::einsum("bij,bjk,bkl->bil", t, m, e)
ops::einsum("bi,bi", a, b)
ops::einsum("bti,bi->bt", t, a)
ops::cross(v, w)
ops::kron(a, A)
ops::binary_crossentropy(s, s * 0.9)
ops::binary_crossentropy(s, a, { from_logits = true })
ops::categorical_crossentropy(s, p)
ops::categorical_crossentropy(s, a, { from_logits = true })
ops::categorical_crossentropy(t * t, t * t + 0.1, { axis = 1 })
ops::sparse_categorical_crossentropy(i, p)
ops::sparse_categorical_crossentropy(i, a, { from_logits = true })
ops::layer_normalization(a)
ops::layer_normalization(t, G, G, { axis = -1, epsilon = 0.001 })
ops::rms_normalization(a, G)
ops::batch_normalization(t, G, G * G, -1)
ops::batch_normalization(a, G, G * G, { axis = 1, offset = G, scale = G + 2 })
ops::psnr(s, p, 4)
ops::stop_gradient(a) * b
![for x in [a, b]: ops::exp(x)][1]
true ? a : b
""".strip().split("\n")


def python(text):
    """The expression in Python."""
    text = text.removeprefix("!")
    text = re.sub(r"\{ ([^}]*) \}", lambda m: re.sub(r"(\w+) = ", r"\1=", m.group(1)), text)
    text = text.replace("ops::", "ops.").replace("true ? a : b", "a").replace("[for x in [a, b]: ops.exp(x)]", "[ops.exp(x) for x in [a, b]]")
    for hcl, py in (("true", "True"), ("false", "False"), ("null", "3")):
        text = re.sub(rf"\b{hcl}\b", py, text)
    text = re.sub(r"!(?!=)", "~", text)
    return text.replace("&&", "&").replace("||", "|")


SPECIAL = {  # where Keras wants something else of Python than a file would write
    "ops::where(z, a, [1, 2, 3, 4])": "ops.where(z != 0, a, ops.array([1., 2., 3., 4.]))",
    "ops::average(a, { axis = 1, weights = G * G })": "ops.average(a, axis=1, weights=G * G)",
    "!ops::meshgrid(G, r)[0]": "ops.meshgrid(G, r)[0]",
    "ops::median(t, { axis = [1, 2] })": "ops.median(t, axis=(1, 2))",
    "ops::percentile(a, 25, { axis = 1 })": "ops.quantile(a, 0.25, axis=1)",
    "ops::rot90(t, { k = 3, axes = [1, 2] })": "ops.rot90(t, k=3, axes=(1, 2))",
    "!ops::bincount(j, { minlength = 4 })": "ops.array([np.bincount(x, minlength=4) for x in np.array(j)])",
    "!ops::cast(k, \"float64\") * 0.5": "k * 0.5",
    "ops::layer_normalization(t, G, G, { axis = -1, epsilon = 0.001 })": "ops.nn.layer_normalization(t, G, G, axis=-1, epsilon=0.001)",
}


def main():
    cases = []
    for text in EXPRESSIONS:
        text_py = SPECIAL.get(text) or python(text)
        for n in re.findall(r"ops\.(\w+)\(", text_py):  # what the Keras at hand has not got yet is NumPy's
            if not hasattr(ops, n):
                text_py = text_py.replace(f"ops.{n}(", f"np.{n}(")
        env = {n: ops.convert_to_tensor(v) for n, v in INPUTS.items()} | {"ops": ops, "np": np}
        try:
            out = np.array(eval(text_py, env))
        except Exception as e:  # noqa: BLE001
            raise SystemExit(f"{text}: {python(text)}: {e}")
        kind = "bool" if out.dtype == bool else "int32" if out.dtype.kind in "iu" else "float32"
        cases.append({"expression": text.replace('"float64"', '"float32"'), "kind": kind, "shape": list(out.shape), "values": [None if np.isnan(x) else float(x) for x in out.astype("float64").ravel()]})
    inputs = {n: {"shape": list(v.shape), "int": v.dtype.kind == "i", "values": [float(x) for x in v.ravel()]} for n, v in INPUTS.items()}
    lines = ",\n".join(json.dumps(c, ensure_ascii=False).replace("Infinity", '"inf"') for c in cases)
    print(f'{{"keras": "{keras.__version__}",\n"inputs": {json.dumps(inputs)},\n"cases": [\n{lines}\n]}}')


main()
