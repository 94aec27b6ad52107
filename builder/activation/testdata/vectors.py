"""Writes vectors.json: activations and their gradients as Keras 3.15.1 computes them on JAX.

    KERAS_BACKEND=jax python3 vectors.py > vectors.json

Among the inputs are the points where branches of the functions meet, for the derivatives there.
"""
import json
import sys

import jax
import numpy as np
import keras

rng = np.random.default_rng(5)
KINKS = [0, 0.5, -0.5, 1, -1, 3, -3, 6, 4, 2, -0.25, 0.75]
X = np.concatenate([KINKS, [-20, -9, 12, 25, 1e-4, -1e-4], rng.normal(size=24) * 3, rng.normal(size=30) * 0.4]).astype("float32").reshape(2, 6, 6)
W = rng.normal(size=X.shape).astype("float32")
cases = []


def case(name, **args):
    f = getattr(keras.activations, name)
    y = np.asarray(f(X, **args))
    w = W.reshape(-1)[: y.size].reshape(y.shape)
    dx = jax.grad(lambda x: jax.numpy.sum(f(x, **args) * w))(X)
    cases.append({
        "activation": name,
        "args": "\n".join(f"{k} = {json.dumps(v)}" for k, v in args.items()),
        "y_shape": list(y.shape),
        "y": [float(v) for v in y.ravel()],
        "dx": [float(v) for v in np.asarray(dx).ravel()],
    })


case("relu")
case("relu", negative_slope=0.1)
case("relu", max_value=6)
case("relu", max_value=4.0)
case("relu", threshold=1.0)
case("relu", negative_slope=0.25, max_value=6, threshold=0.5)
case("relu", negative_slope=0.25, max_value=3)
case("relu", negative_slope=0.25, max_value=6)
case("leaky_relu")
case("leaky_relu", negative_slope=0.3)
case("elu")
case("elu", alpha=0.5)
case("celu")
case("celu", alpha=2.0)
case("gelu")
case("gelu", approximate=True)
case("hard_shrink")
case("soft_shrink", threshold=1.0)
case("threshold", threshold=0.5, default_value=-2.0)
case("squareplus")
case("squareplus", b=1.0)
for name in ("softmax", "log_softmax", "sparsemax", "glu"):
    case(name)
    case(name, axis=1)
for name in ("linear relu6 selu softplus softsign sigmoid tanh exponential silu swish mish log_sigmoid hard_sigmoid hard_silu hard_swish hard_tanh "
             "soft_shrink tanh_shrink sparse_plus sparse_sigmoid").split():
    case(name)

json.dump({"shape": list(X.shape), "x": [float(v) for v in X.ravel()], "w": [float(v) for v in W.ravel()], "cases": cases}, sys.stdout)
print()
