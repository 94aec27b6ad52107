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

import jax  # noqa: E402
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
    "f": floats(3, 5, 6, 4),
    "g": floats(3, 7, 4),
    "u": floats(3, 4, 3, 4, 2),
    "h": floats(3, 6, 7, 3, lo=0.05, hi=0.95),
    "n": np.where(rng.uniform(0, 1, (3, 4, 5)) < 0.3, 0, floats(3, 4, 5)),
    "d": floats(3, 4, 4) + 3 * np.eye(4),
    "c": floats(3, 5, 3),
    "o": floats(3, 3, 5),
    "x": floats(3, 5, 4, 6),
    "y": floats(3, 7, 2, 6),
    "C": floats(7),
    "D": floats(3, 3, 2, 4),
    "E": floats(3, 2, 4, 2),
    "F": floats(3, 4, 3),
    "H": floats(3, 3, 4, 2),
    "I": np.array([[0, 2], [1, 1], [0, 2], [3, -1]], dtype="int32"),
    "J": np.array([2, 0, 2, 1], dtype="int32"),
    "K": floats(4, 4) + 3 * np.eye(4),
    "L": floats(2, 3, 2, 4),
    "M": floats(2, 2, 2, 2, 3),
    "N": floats(4),
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
ops::conv(g, F)
ops::conv(g, F, { dilation_rate = 2 })
ops::conv(f, D, { strides = 2, padding = "same" })
ops::conv(f, H, 1, "valid")
ops::conv(ops::transpose(f, [0, 3, 1, 2]), D, { data_format = "channels_first" })
ops::conv(u, M, { padding = "same" })
ops::conv_transpose(g, ops::swapaxes(F, 1, 2), { strides = 2, padding = "same" })
ops::conv_transpose(f, D, { strides = 3 })
ops::conv_transpose(f, D, { strides = [2, 3], padding = "same", output_padding = 1 })
ops::depthwise_conv(f, E, { padding = "same" })
ops::depthwise_conv(g, F, 2)
ops::separable_conv(f, E, ops::reshape(ops::concatenate([A, A]), [1, 1, 8, 5]), { strides = 2, padding = "same" })
ops::max_pool(f, 2, 2)
ops::max_pool(g, 3, 1, "same")
ops::max_pool(u, { pool_size = [2, 1, 2], strides = [1, 1, 1] })
ops::average_pool(f, { pool_size = [2, 3], strides = [2, 2], padding = "same" })
ops::average_pool(u, 2, 2)
ops::average_pool(ops::transpose(f, [0, 3, 1, 2]), 2, 2, { data_format = "channels_first" })
ops::adaptive_average_pool(f, [2, 4])
ops::adaptive_average_pool(g, 3)
ops::adaptive_max_pool(f, 3)
ops::dot_product_attention(x, y, y)
ops::dot_product_attention(x, y, y, { scale = 0.3, is_causal = true })
ops::dot_product_attention(x, y, y, { mask = ops::reshape(ops::arange(7), [1, 1, 1, 7]) < 4 })
ops::dot_product_attention(x, y, y, { bias = ops::reshape(C, [1, 1, 1, 7]), is_causal = true })
ops::unfold(f, [2, 3], { padding = 1, stride = 2 })
ops::unfold(f, 2, { dilation = 2 })
ops::fold(ops::unfold(f, 2), [6, 4], 2)
ops::fold(ops::unfold(f, [2, 3], { padding = [1, 0], stride = [2, 1], dilation = [2, 1] }), [6, 4], [2, 3], { padding = [1, 0], stride = [2, 1], dilation = [2, 1] })
ops::depth_to_space(f, 2)
ops::depth_to_space(ops::transpose(f, [0, 3, 1, 2]), 2, "channels_first")
ops::space_to_depth(ops::transpose(y, [0, 2, 3, 1]), 2, { data_format = "channels_last" })
ops::space_to_depth(ops::transpose(x, [0, 1, 3, 2]), 2, { data_format = "channels_first" })
ops::rearrange(f, "b h w c -> b c h w")
ops::rearrange(f, "b h (w r) c -> b (h r) w c", { r = 3 })
ops::rearrange(f, "b (q h) w (c r) -> b (w q c) (h r)", { q = 5, c = 2 })
ops::scatter(I, N, [4, 4])
ops::scatter(ops::expand_dims(J, 1), A, [3, 5])
ops::scatter_update(K, I, N, "add")
!ops::scatter_update(K, I, N, { reduction = "max" })
ops::scatter_update(K, I, N, { reduction = "min" })
ops::scatter_update(K, I, N, { reduction = "mul" })
ops::scatter_update(K, ops::expand_dims(ops::arange(3), 1), ops::transpose(A)[0] * ops::ones([3, 4]))
ops::slice_update(t, [0, 1, 1], ops::slice(e, [0, 0, 0], [null, 1, 2]))
ops::slice_update(K, [2, 1], ops::ones([2, 3]))
ops::segment_max(A, J, 3)
ops::segment_min(A, J, 3)
ops::segment_prod(A, J, 4)
ops::diag(G)
ops::diag(G, { k = -2 })
ops::diag(A, 1)
ops::diagflat(ops::ones([2, 2]) * ops::slice(K, [0, 0], [2, 2]), 1)
ops::cdist(c, c * 2 + 1)
ops::corrcoef(ops::slice(K, [0, 0], [3, 4]))
ops::correlate(C, G)
ops::correlate(G, C, "same")
ops::correlate(C, G, { mode = "full" })
ops::vander(r, 3)
ops::vander(G, { increasing = true })
!ops::view(a)
!ops::view(ops::cast(a, "float32"), "int32")
!ops::unravel_index(k, [5, 4])[0]
!ops::unravel_index(ops::abs(k), [5, 4])[1]
!ops::signbit(a)
ops::nextafter(a, b) * 0 + a
ops::i0(6 * a)
a * ops::kaiser(4, 3.5)
a * ops::geomspace(0.5, 12, 4)
ops::gammainc(p, q)
ops::gammainc(4 * p, 4 * q)
!ops::nanmedian(0 / n + n, { axis = 1 })
!ops::nanmedian(0 / n + n)
!ops::nanquantile(0 / n + n, 0.3, { axis = [0, 2], keepdims = true })
!ops::nanpercentile(0 / n + n, 80, { axis = -1, method = "nearest" })
!ops::nanquantile(0 / n + n, 0.4, { axis = 1, method = "midpoint" })
!ops::bitwise_and(k, l)
!ops::bitwise_or(k, l)
!ops::bitwise_xor(k, l)
!ops::bitwise_not(k)
!ops::bitwise_invert(k)
!ops::bitwise_left_shift(k, l)
!ops::bitwise_right_shift(k, l)
!ops::left_shift(k, l)
!ops::right_shift(k, l)
!ops::gcd(12 * k, 9 * l)
!ops::lcm(k, l)
!ops::isreal(a)
!ops::imag(a)
!ops::angle(a)
!ops::histogram(ops::ravel(a), 5)[0]
!ops::histogram(ops::ravel(a), 5)[1]
!ops::histogram(ops::ravel(a), { bins = 4, range = [-0.5, 0.5] })[0]
!ops::take_along_axis(a, ops::argpartition(a, 2), { axis = 1 })
ops::extract_sequences(C, 3, 2)
ops::extract_sequences(t, 2, 1)
ops::cholesky(ops::matmul(d, ops::transpose(d, [0, 2, 1])))
ops::linalg::cholesky(ops::matmul(K, ops::transpose(K)), { upper = true })
ops::cholesky_inverse(K)
ops::cholesky_inverse(K, true)
ops::det(d)
ops::det(A[0] * ops::ones([5, 5]) + ops::diag(A[1]) + ops::eye(5))
ops::slogdet(-d)[0] * ops::slogdet(-d)[1]
ops::logdet(d)
ops::inv(d)
ops::linalg::inv(K)
ops::solve(d, e)
ops::solve(K, G)
ops::solve_triangular(K, A)
ops::solve_triangular(K, G, { lower = true })
ops::solve_triangular(d, e, { lower = true })
ops::lu_factor(d)[0]
!ops::lu_factor(m)[1]
ops::qr(c)[0]
ops::qr(c)[1]
ops::qr(o)[0]
ops::qr(o)[1]
!ops::qr(c, "complete")[0]
ops::qr(d, { mode = "complete" })[0]
ops::eigh(m)[0]
ops::abs(ops::eigh(m)[1])
ops::matmul(ops::eigh(m)[1] * ops::expand_dims(ops::exp(ops::eigh(m)[0]), 1), ops::transpose(ops::eigh(m)[1], [0, 2, 1]))
ops::svd(c, { compute_uv = false })
ops::abs(ops::svd(c, { full_matrices = false })[0])
ops::abs(ops::svd(o, { full_matrices = false })[2])
ops::abs(ops::svd(d)[0])
!ops::matmul(ops::svd(c)[0], ops::transpose(ops::svd(c)[0], [0, 2, 1]))
ops::pinv(c)
ops::pinv(o)
ops::lstsq(ops::transpose(A), A[0] * A[0])
ops::lstsq(A, K)
!ops::matrix_rank(c)
!ops::matrix_rank(K * 0 + 1)
ops::matrix_power(K, 3)
ops::matrix_power(d, -2)
ops::matrix_power(K, 0) * K
ops::norm(d, { ord = "fro", axis = [1, 2] })
ops::norm(d, { ord = "nuc", axis = [1, 2] })
ops::norm(d, { ord = 2, axis = [1, 2], keepdims = true })
ops::norm(d, { ord = -2, axis = [1, 2] })
ops::norm(d, { ord = 1, axis = [1, 2] })
ops::norm(d, { ord = "inf", axis = [2, 1] })
ops::norm(d, { ord = -1, axis = [1, 2] })
ops::norm(K, { ord = "-inf" })
ops::norm(d)
ops::fft([a, b])[0]
ops::fft([g, 2 * g])[1]
ops::fft2([m, m])[0]
ops::fft2([t, t])[1]
ops::ifft2([f, f * f])[0]
ops::ifft2([f, f * f])[1]
ops::rfft(C)[0]
ops::rfft(a)[1]
ops::rfft(a, 6)[1]
ops::rfft(C, { fft_length = 4 })[0]
ops::irfft([a, b])
ops::irfft([a, b], { fft_length = 7 })
ops::irfft([a, b], 4)
ops::stft(ops::tile(C, 3), 5, 2, 8)[0]
ops::stft(ops::tile(a, 4), 4, 3, 6, { window = "hamming", center = false })[1]
ops::stft(ops::tile(a, 4), 4, 3, 4, { window = [0.5, 1.0, 1.0, 0.25] })[1]
ops::istft(ops::stft(ops::tile(C, 3), 6, 2, 6), 6, 2, 6)
ops::istft(ops::stft(ops::tile(a, 4), 4, 2, 6, { center = false }), 4, 2, 6, { center = false, length = 13 })
ops::image::rgb_to_grayscale(h)
ops::image::rgb_to_grayscale(ops::transpose(h, [0, 3, 1, 2]), { data_format = "channels_first" })
ops::image::rgb_to_hsv(h)
ops::image::hsv_to_rgb(h)
ops::image::resize(h, [9, 5])
ops::image::resize(h, [3, 3], { antialias = true })
ops::image::resize(h, [4, 10], "nearest")
ops::image::resize(h, [8, 3], { interpolation = "bicubic", antialias = true })
ops::image::resize(h, [11, 4], { interpolation = "lanczos3", antialias = true })
ops::image::resize(h, [5, 8], { interpolation = "lanczos5" })
ops::image::resize(h, [4, 9], { crop_to_aspect_ratio = true })
ops::image::resize(h, [4, 9], { pad_to_aspect_ratio = true, fill_value = 0.5 })
ops::image::resize(ops::transpose(h, [0, 3, 1, 2]), [4, 4], { data_format = "channels_first" })
ops::image::crop_images(h, 1, 2, { target_height = 4, target_width = 3 })
ops::image::pad_images(h, 1, 2, { bottom_padding = 1, target_width = 12 })
ops::image::scale_and_translate(h, [null, 8, 9, 3], [1.5, 0.8], [0.5, 1.25], [1, 2], "linear")
ops::image::scale_and_translate(h, [null, 8, 9, 3], [0.7, 1.3], [-0.5, 0.0], [1, 2], "cubic", { antialias = false })
ops::image::map_coordinates(K, [[0.5, 1.25], [2.75, 3.5]], 1)
ops::image::map_coordinates(K, [3 * ops::abs(a), 3.3 * ops::abs(b)], 1, { fill_mode = "nearest" })
ops::image::map_coordinates(a, [ops::abs(a), 3.3 * ops::abs(b)], 1, { fill_mode = "reflect" })
!ops::image::map_coordinates(K, [5 * a, 6 * b], 0, { fill_mode = "wrap" })
ops::image::map_coordinates(K, [5 * a, 6 * b], 1, { fill_mode = "mirror" })
ops::image::map_coordinates(K, [5 * a, 6 * b], 1, { fill_mode = "constant", fill_value = 0.5 })
ops::image::map_coordinates(K, [5 * a, 6 * b], 1, { fill_mode = "reflect" })
ops::image::affine_transform(h, ops::tile(ops::array([[0.9, 0.1, 0.3, -0.2, 1.1, 0.6, 0.0, 0.0]]), [3, 1]))
ops::image::affine_transform(h, ops::tile(ops::array([[0.9, 0.1, 0.3, -0.2, 1.1, 0.6, 0.0, 0.0]]), [3, 1]), { fill_mode = "reflect" })
!ops::image::affine_transform(h, ops::tile(ops::array([[0.9, 0.1, 0.33, -0.2, 1.1, 0.63, 0.0, 0.0]]), [3, 1]), { interpolation = "nearest", fill_value = 0.25 })
ops::image::perspective_transform(h, ops::tile(ops::array([[[0.0, 0.0], [6.0, 0.0], [0.0, 5.0], [6.0, 5.0]]]), [3, 1, 1]), ops::tile(ops::array([[[0.5, 0.2], [5.5, 0.7], [-0.5, 4.5], [6.5, 5.2]]]), [3, 1, 1]))
ops::image::extract_patches(h, 3)
ops::image::extract_patches(h, [2, 3], { strides = 2, padding = "same" })
ops::image::extract_patches(h, 2, 1, 2)
ops::image::extract_patches_3d(u, 2)
ops::image::extract_patches_3d(u, [2, 1, 3], { strides = [2, 1, 1] })
ops::image::gaussian_blur(h, { data_format = "channels_last" })
ops::image::gaussian_blur(h, [3, 5], [0.7, 1.2], "channels_last")
ops::image::sobel_edges(h)
ops::ctc_loss(ops::take(l, [0, 1], { axis = 1 }), n, ops::minimum(i, 2), ops::minimum(i, 1) + 3)
ops::ctc_loss(ops::take(l, [0, 1], { axis = 1 }) - 1, n, ops::minimum(i, 2), ops::minimum(i, 1) + 3, 4)
!ops::ctc_decode(n, ops::minimum(i, 1) + 3)[0]
ops::ctc_decode(n, ops::minimum(i, 1) + 3)[1]
!ops::ctc_decode(n, ops::minimum(i, 1) + 3, { merge_repeated = false, mask_index = 2 })[0]
ops::image::ssim(h, h * 0.5 + 0.1, { filter_size = 5, k1 = 0.1, k2 = 0.4 })
true ? a : b
""".strip().split("\n")


def python(text):
    """The expression in Python."""
    text = text.removeprefix("!")
    text = re.sub(r"\{ ([^}]*) \}", lambda m: re.sub(r"(\w+) = ", r"\1=", m.group(1)), text)
    text = text.replace("ops::", "ops.").replace("::", ".").replace("true ? a : b", "a").replace("[for x in [a, b]: ops.exp(x)]", "[ops.exp(x) for x in [a, b]]")
    text = re.sub(r"\b(axis|range|pool_size|strides)=\[([^\]]*)\]", r"\1=(\2)", text)  # Keras on JAX wants tuples
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
    'ops::norm(K, { ord = "-inf" })': "ops.norm(K, ord=-np.inf)",
    'ops::norm(d, { ord = "inf", axis = [2, 1] })': "ops.norm(d, ord=np.inf, axis=(2, 1))",
    "ops::gammainc(p, q)": "jax.scipy.special.gammainc(p, q)",
    "ops::gammainc(4 * p, 4 * q)": "jax.scipy.special.gammainc(4 * p, 4 * q)",
    "ops::matrix_power(K, 3)": "np.linalg.matrix_power(np.array(K), 3)",
    "ops::matrix_power(d, -2)": "np.linalg.matrix_power(np.array(d), -2)",
    "ops::matrix_power(K, 0) * K": "np.eye(4) * np.array(K)",
    "!ops::gcd(12 * k, 9 * l)": "np.gcd(12 * np.array(k), 9 * np.array(l))",
    "!ops::lcm(k, l)": "np.lcm(np.array(k), np.array(l))",
    "ops::layer_normalization(t, G, G, { axis = -1, epsilon = 0.001 })": "ops.nn.layer_normalization(t, G, G, axis=-1, epsilon=0.001)",
}


def main():
    cases = []
    for text in EXPRESSIONS:
        text_py = SPECIAL.get(text) or python(text)
        for n in re.findall(r"ops\.(\w+)\(", text_py):  # what the Keras at hand has not got yet is NumPy's
            if not hasattr(ops, n):
                text_py = text_py.replace(f"ops.{n}(", f"np.{n}(")
        env = {n: ops.convert_to_tensor(v) for n, v in INPUTS.items()} | {"ops": ops, "np": np, "jax": jax}
        try:
            out = np.array(eval(text_py, env))
        except Exception as e:  # noqa: BLE001
            raise SystemExit(f"{text}: {python(text)}: {e}")
        kind = "bool" if out.dtype == bool else "int32" if out.dtype.kind in "iu" else "float32"
        cases.append({"expression": text.replace('"float64"', '"float32"'), "kind": kind, "shape": list(out.shape), "values": [None if np.isnan(x) else float(f"{x:.12g}") for x in out.astype("float64").ravel()]})
    inputs = {n: {"shape": list(v.shape), "int": v.dtype.kind == "i", "values": [float(x) for x in v.ravel()]} for n, v in INPUTS.items()}
    lines = ",\n".join(json.dumps(c, ensure_ascii=False).replace("Infinity", '"inf"') for c in cases)
    print(f'{{"keras": "{keras.__version__}",\n"inputs": {json.dumps(inputs)},\n"cases": [\n{lines}\n]}}')


main()
