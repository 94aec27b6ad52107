"""Writes operator vectors: what PyTorch computed for single operators, as dlrun models that must predict the same.

The vectors are those of ONNX' test suite that PyTorch made (backend/test/data/pytorch-operator and pytorch-converted of the package onnx, Apache-2.0). A developer
runs this; no test does. It needs `pip install onnx numpy safetensors`.

    python3 internal/parity/gen/vectors.py -out DIR          every vector whose operators dlrun has
    python3 internal/parity/gen/vectors.py -out DIR -commit  those of at most 16 KB, for testdata/vectors

A vector is a folder with model.hcl, data.npz (inputs x0, x1, ...), want.safetensors (what the outputs y0, y1, ... must be) and weights.safetensors where there are
weights. `dlrun fmt` lays the models out. ONNX has channels first: around each convolution and pooling the channels are moved. A vector whose first axis is no batch is one row of data. Training needs something to train: a dense
layer beside the operator, with a learning rate of 0.
"""

import argparse
import glob
import os

import numpy as np
import onnx
from onnx import helper, numpy_helper
from safetensors.numpy import save_file

DATA = os.path.join(os.path.dirname(onnx.__file__), "backend", "test", "data")
# What these do on the first axis makes it no batch.
WHOLE = {"add_broadcast", "add_size1_broadcast", "add_size1_right_broadcast", "add_size1_singleton_broadcast", "addmm", "mm", "chunk", "index", "non_float_params",
         "params", "repeat", "repeat_dim_overflow", "view", "pad", "basic", "symbolic_override_nested"}
UNARY = {"Tanh": "tanh", "Sigmoid": "sigmoid", "Neg": "negative", "Exp": "exp", "Sqrt": "sqrt", "Abs": "abs", "Relu": "relu", "Softplus": "softplus", "Selu": "selu"}
BINARY = {"Add": "+", "Sum": "+", "Mul": "*", "Sub": "-", "Div": "/"}
CALLS = {"Pow": "power", "Max": "maximum", "Min": "minimum"}


class NotOffered(Exception):
    """What Keras' layers cannot say either."""


def number(v):
    return format(float(np.float32(v)), ".9f").rstrip("0").rstrip(".") if abs(v) >= 1e-6 or v == 0 else format(float(v), ".12f")


def ints(v):
    return "[" + ", ".join(str(int(i)) for i in v) + "]"


class Translator:
    """The graph as layers. Values are named as in the graph, with the axes of the graph, after the batch's where the whole vector is one row."""

    def __init__(self, graph, whole, inputs):
        self.whole, self.layers, self.weights, self.constants = whole, [], {}, {}
        self.expr, self.shape = {}, {}
        self.constants.update({i.name: numpy_helper.to_array(i) for i in graph.initializer})
        self.extra = []
        names = [i.name for i in graph.input if i.name not in self.constants]
        for k, (name, value) in enumerate(zip(names, inputs)):
            self.put(name, f"input.x{k}", value.shape)
        for node in graph.node:
            self.node(node)

    def put(self, name, expr, shape):
        self.expr[name], self.shape[name] = expr, tuple(shape)

    def value(self, name, rank=None):
        """The expression of a value; a constant becomes an input of the model."""
        if name not in self.expr:
            if not self.whole:
                raise NotOffered("a constant beside a batch")
            self.extra.append(self.constants[name].astype("float32"))
            self.put(name, f"input.c{len(self.extra) - 1}", self.constants[name].shape)
        expr = self.expr[name]
        for _ in range((rank or 0) - len(self.shape[name])):
            expr = f"ops::expand_dims({expr}, 1)"
        return expr

    def layer(self, kind, **arguments):
        name = f"n{len(self.layers)}"
        body = "".join(f"    {k} = {v}\n" for k, v in arguments.items())
        self.layers.append(f'  layer "{kind}" "{name}" {{\n{body}  }}\n')
        return name

    def emit(self, out, shape, function):
        self.put(out, "layer." + self.layer("lambda", function=function), shape)

    def axis(self, a, rank):
        return (a % rank) + (1 if self.whole else 0)

    def moved(self, name, last):
        """A value with its channels moved to the end, or back."""
        rank = len(self.shape[name]) if isinstance(name, str) else name[1]
        expr = self.value(name) if isinstance(name, str) else name[0]
        axes = [0, *range(2, rank), 1] if last else [0, rank - 1, *range(1, rank - 1)]
        return self.layer("lambda", function=f"ops::transpose({expr}, {{ axes = {ints(axes)} }})")

    def node(self, n):
        a = {x.name: helper.get_attribute_value(x) for x in n.attribute}
        op, ins, out = n.op_type, list(n.input), n.output[0]
        if op == "Constant":
            self.constants[out] = numpy_helper.to_array(a["value"])
            return
        if op in UNARY:
            self.emit(out, self.shape[ins[0]], f"ops::{UNARY[op]}({self.value(ins[0])})")
        elif op in BINARY or op in CALLS:
            scalars = [float(self.constants[i]) if i in self.constants and self.constants[i].size == 1 else None for i in ins]
            if None not in scalars and len(ins) == 2 or len(ins) == 1:
                self.emit(out, self.shape[ins[0]], f"ops::identity({self.value(ins[0])})")
                return
            if not self.whole and any(i in self.constants and s is None for i, s in zip(ins, scalars)):
                first = self.constants[ins[1]] if ins[1] in self.constants else self.constants[ins[0]]
                if first.min() != first.max():
                    raise NotOffered("a constant tensor beside a batch")
                scalars = [float(first.flat[0]) if i in self.constants else None for i in ins]
            shapes = [self.shape.get(i, np.shape(self.constants.get(i))) for i in ins]
            shape = np.broadcast_shapes(*shapes)
            parts = [number(s) if s is not None else self.value(i, len(shape)) for i, s in zip(ins, scalars)]
            self.emit(out, shape, f" {BINARY[op]} ".join(parts) if op in BINARY else f"ops::{CALLS[op]}({', '.join(parts)})")
        elif op == "Elu":
            self.emit(out, self.shape[ins[0]], f"ops::elu({self.value(ins[0])}, {{ alpha = {number(a['alpha'])} }})")
        elif op == "LeakyRelu":
            self.emit(out, self.shape[ins[0]], f"ops::leaky_relu({self.value(ins[0])}, {{ negative_slope = {number(a['alpha'])} }})")
        elif op == "Clip":
            self.emit(out, self.shape[ins[0]], f"ops::clip({self.value(ins[0])}, {number(a['min'])}, {number(a['max'])})")
        elif op in ("Softmax", "LogSoftmax"):
            name = "softmax" if op == "Softmax" else "log_softmax"
            self.emit(out, self.shape[ins[0]], f"ops::{name}({self.value(ins[0])}, {{ axis = {self.axis(a.get('axis', 1), len(self.shape[ins[0]]))} }})")
        elif op == "Concat":
            rank = len(self.shape[ins[0]])
            shape = list(self.shape[ins[0]])
            shape[a["axis"]] = sum(self.shape[i][a["axis"]] for i in ins)
            self.emit(out, shape, f"ops::concatenate([{', '.join(map(self.value, ins))}], {{ axis = {self.axis(a['axis'], rank)} }})")
        elif op == "Split":
            shape, rank = self.shape[ins[0]], len(self.shape[ins[0]])
            axis = a.get("axis", 0) % rank
            sizes = list(a["split"]) if "split" in a else [shape[axis] // len(n.output)] * len(n.output)
            at = 0
            for o, size in zip(n.output, sizes):
                part = list(shape)
                part[axis] = size
                self.emit(o, part, f"ops::take({self.value(ins[0])}, range({at}, {at + size}), {{ axis = {self.axis(axis, rank)} }})")
                at += size
        elif op == "Transpose":
            perm = a["perm"]
            axes = [0] + [p + 1 for p in perm] if self.whole else perm
            if ins[0] in self.constants:
                self.constants[out] = self.constants[ins[0]].transpose(perm)
                return
            self.emit(out, [self.shape[ins[0]][p] for p in perm], f"ops::transpose({self.value(ins[0])}, {{ axes = {ints(axes)} }})")
        elif op in ("Reshape", "Flatten", "Squeeze", "Unsqueeze"):
            shape = list(self.shape[ins[0]])
            if op == "Reshape":
                want = [int(d) for d in self.constants[ins[1]]]
                want = [int(np.prod(shape)) // -int(np.prod(want)) if d == -1 else d for d in want]
            elif op == "Flatten":
                want = [int(np.prod(shape[:a["axis"]], dtype=int)), int(np.prod(shape[a["axis"]:], dtype=int))]
            elif op == "Squeeze":
                want = [d for i, d in enumerate(shape) if i not in a["axes"]]
            else:
                want = list(shape)
                for i in a["axes"]:
                    want.insert(i, 1)
            if not self.whole and want[0] != shape[0]:
                raise NotOffered("the batch is reshaped")
            self.emit(out, want, f"ops::reshape({self.value(ins[0])}, {ints([-1] + (want if self.whole else want[1:]))})")
        elif op == "Slice":
            expr, shape = self.value(ins[0]), list(self.shape[ins[0]])
            for axis, start, end in zip(a["axes"], a["starts"], a["ends"]):
                expr = f"ops::take({expr}, range({start}, {min(end, shape[axis])}), {{ axis = {self.axis(axis, len(shape))} }})"
                shape[axis] = min(end, shape[axis]) - start
            self.emit(out, shape, expr)
        elif op == "Tile":
            repeats = [int(r) for r in self.constants[ins[1]]]
            self.emit(out, [d * r for d, r in zip(self.shape[ins[0]], repeats)], f"ops::tile({self.value(ins[0])}, {ints([1] + repeats)})")
        elif op == "Pad":
            pads, rank = a["pads"], len(self.shape[ins[0]])
            mode = {b"constant": "constant", b"reflect": "reflect", b"edge": "edge"}[a.get("mode", b"constant")]
            widths = ([[0, 0]] if self.whole else []) + [[pads[i], pads[i + rank]] for i in range(rank)]
            value = f", constant_values = {number(a['value'])}" if mode == "constant" else ""
            text = "[" + ", ".join(ints(w) for w in widths) + "]"
            self.emit(out, [d + pads[i] + pads[i + rank] for i, d in enumerate(self.shape[ins[0]])], f'ops::pad({self.value(ins[0])}, {text}, {{ mode = "{mode}"{value} }})')
        elif op in ("ReduceMean", "ReduceSum"):
            rank = len(self.shape[ins[0]])
            shape = [1 if i in a["axes"] else d for i, d in enumerate(self.shape[ins[0]]) if i not in a["axes"] or a["keepdims"]]
            axes = ints(self.axis(i, rank) for i in a["axes"])
            self.emit(out, shape, f"ops::{op[6:].lower()}({self.value(ins[0])}, {{ axis = {axes}, keepdims = {'true' if a['keepdims'] else 'false'} }})")
        elif op in ("Gemm", "MatMul"):
            if ins[1] in self.constants:
                kernel = self.constants[ins[1]].T if a.get("transB") else self.constants[ins[1]]
                bias = len(ins) == 3
                name = self.layer("dense", inputs=f"[{self.value(ins[0])}]", units=kernel.shape[1], use_bias="true" if bias else "false")
                self.weights[f"{name}/kernel"] = kernel
                if bias:
                    self.weights[f"{name}/bias"] = self.constants[ins[2]]
                self.put(out, "layer." + name, self.shape[ins[0]][:-1] + (kernel.shape[1],))
                return
            shape = (self.shape[ins[0]][0], self.shape[ins[1]][1])
            plus = f" + {self.value(ins[2], 2)}" if a.get("beta", 1.0) and ins[2] in self.expr else ""
            self.emit(out, shape, f"ops::matmul({self.value(ins[0])}, {self.value(ins[1])}){plus}")
        elif op == "Gather":
            table = self.constants[ins[0]]
            name = self.layer("embedding", inputs=f"[{self.value(ins[1])}]", input_dim=table.shape[0], output_dim=table.shape[1])
            self.weights[f"{name}/embeddings"] = table
            self.put(out, "layer." + name, self.shape[ins[1]] + (table.shape[1],))
        elif op == "PRelu":
            alpha, shape = self.constants[ins[1]].reshape(-1), self.shape[ins[0]]
            self.moved(ins[0], True)
            rank = len(shape)
            shared = range(1, rank - 1) if alpha.size > 1 else range(1, rank)
            name = self.layer("prelu", shared_axes=ints(shared))
            self.weights[f"{name}/alpha"] = alpha.reshape([1] * (rank - 2) + [alpha.size])
            self.put(out, "layer." + self.moved(("layer." + name, rank), False), shape)
        elif op in ("BatchNormalization", "InstanceNormalization"):
            rank, shape = len(self.shape[ins[0]]), self.shape[ins[0]]
            self.moved(ins[0], True)
            gamma, beta, *moving = [self.constants[i] for i in ins[1:]]
            if moving:
                name = self.layer("batch_normalization", epsilon=format(a["epsilon"], ".12f"), trainable="false")
                self.weights[f"{name}/moving_mean"], self.weights[f"{name}/moving_variance"] = moving
            else:
                name = self.layer("group_normalization", groups=shape[1], epsilon=format(a["epsilon"], ".12f"))
            self.weights[f"{name}/gamma"], self.weights[f"{name}/beta"] = gamma, beta
            self.put(out, "layer." + self.moved(("layer." + name, rank), False), shape)
        elif op in ("Conv", "ConvTranspose", "AveragePool", "MaxPool"):
            self.window(op, a, ins, out)
        else:
            raise NotOffered(op)

    def window(self, op, a, ins, out):
        shape = self.shape[ins[0]]
        rank, kernel = len(shape) - 2, a["kernel_shape"]
        strides, dilations, pads = a.get("strides", [1] * rank), a.get("dilations", [1] * rank), a.get("pads", [0] * 2 * rank)
        sides = [[pads[i], pads[i + rank]] for i in range(rank)]
        self.moved(ins[0], True)
        if op == "Conv":
            if any(pads):
                self.layer(f"zero_padding{rank}d", padding=ints(sides[0]) if rank == 1 else "[" + ", ".join(map(ints, sides)) + "]")
            if max(strides) > 1 and max(dilations) > 1:
                raise NotOffered("strides and dilation together, which Keras refuses")
            w = self.constants[ins[1]]
            name = self.layer(f"conv{rank}d", filters=w.shape[0], kernel_size=ints(kernel), strides=ints(strides), dilation_rate=ints(dilations), groups=a.get("group", 1),
                              use_bias="true" if len(ins) > 2 else "false")
            self.weights[f"{name}/kernel"] = w.transpose(*range(2, rank + 2), 1, 0)
            if len(ins) > 2:
                self.weights[f"{name}/bias"] = self.constants[ins[2]]
            sizes = [(d + sum(s) - dil * (k - 1) - 1) // st + 1 for d, s, dil, k, st in zip(shape[2:], sides, dilations, kernel, strides)]
            shape = (shape[0], w.shape[0], *sizes)
        elif op == "ConvTranspose":
            w, extra = self.constants[ins[1]], a.get("output_padding", [0] * rank)
            name = self.layer(f"conv{rank}d_transpose", filters=w.shape[1], kernel_size=ints(kernel), strides=ints(strides), use_bias="true" if len(ins) > 2 else "false")
            self.weights[f"{name}/kernel"] = w.transpose(*range(2, rank + 2), 1, 0)
            if len(ins) > 2:
                self.weights[f"{name}/bias"] = self.constants[ins[2]]
            # Without padding Keras' output has max(kernel, stride) at its end, ONNX' the kernel.
            sizes = [(d - 1) * s + k - sum(p) + e for d, s, k, p, e in zip(shape[2:], strides, kernel, sides, extra)]
            crops = [[p[0], (d - 1) * s + max(k, s) - p[0] - size] for p, d, s, k, size in zip(sides, shape[2:], strides, kernel, sizes)]
            if min(min(c) for c in crops) < 0:
                raise NotOffered("an output that ends after the last window")
            name = self.layer(f"cropping{rank}d", cropping="[" + ", ".join(map(ints, crops)) + "]")
            shape = (shape[0], w.shape[1], *sizes)
        else:
            if max(dilations) > 1:
                raise NotOffered("pooling with dilation")
            if op == "AveragePool" and any(pads):
                raise NotOffered("average pooling with padding")
            if any(pads):
                text = "[" + ", ".join(ints(w) for w in [[0, 0], *sides, [0, 0]]) + "]"
                self.layer("lambda", function=f"ops::pad(previous, {text}, {{ constant_values = -1000000 }})")
            name = self.layer(f"{'max' if op == 'MaxPool' else 'average'}_pooling{rank}d", pool_size=ints(kernel), strides=ints(strides))
            sizes = [(d + sum(s) - k) // st + 1 for d, s, k, st in zip(shape[2:], sides, kernel, strides)]
            shape = (shape[0], shape[1], *sizes)
        self.put(out, "layer." + self.moved(("layer." + name, rank + 2), False), shape)


def tensor(path):
    with open(path, "rb") as f:
        return numpy_helper.to_array(onnx.TensorProto.FromString(f.read()))


def write(folder, test):
    graph = onnx.load(os.path.join(test, "model.onnx")).graph
    inputs = [tensor(f) for f in sorted(glob.glob(os.path.join(test, "test_data_set_0", "input_*.pb")))]
    outputs = [tensor(f) for f in sorted(glob.glob(os.path.join(test, "test_data_set_0", "output_*.pb")))]
    with np.errstate(over="ignore"):
        if not all(np.isfinite(v.astype("float32")).all() for v in inputs + outputs):
            raise NotOffered("numbers that no float32 holds")
    whole = os.path.basename(test).removeprefix("test_operator_") in WHOLE
    t = Translator(graph, whole, inputs)
    rows = (lambda v: v[None]) if whole else (lambda v: v)
    data = {f"x{i}": rows(v) for i, v in enumerate(inputs)} | {f"c{i}": rows(v) for i, v in enumerate(t.extra)}
    results = {f"y{i}": rows(v) for i, v in enumerate(outputs)}
    batch = len(results["y0"])
    if any(len(v) != batch for v in {**data, **results}.values()):
        raise NotOffered("a first axis that is no batch")
    text = 'dataset "d" {\n  source "npz" {\n    path = "data.npz"\n  }\n'
    text += "".join(f'  feature "{n}" {{}}\n' for n in data) + '  target "beside" {}\n}\n\nmodel "m" {\n'
    for n, v in data.items():
        kind = '    dtype = "int32"\n' if v.dtype.kind == "i" else ""
        text += f'  input "{n}" {{\n    shape = {ints(v.shape[1:])}\n{kind}  }}\n'
    text += "".join(t.layers)
    text += '  layer "lambda" "number" {\n    function = ops::cast(input.x0, "float32")\n  }\n  layer "flatten" "flat" {}\n  layer "dense" "beside" {\n    units = 1\n    kernel_initializer = "zeros"\n  }\n'
    for i, o in enumerate(graph.output):
        text += f'  output "y{i}" {{\n    value = {t.expr[o.name]}\n  }}\n'
    text += '  output "beside" {\n    value = layer.beside\n  }\n}\n\ntrain "main" {\n  model = model.m\n  data = dataset.d\n  loss = { beside = "mean_squared_error" }\n'
    text += f"  batch_size = {batch}\n"
    if t.weights:
        t.weights |= {"beside/kernel": np.zeros((int(np.prod(data["x0"].shape[1:])), 1), "f"), "beside/bias": np.zeros(1, "f")}
        text += '  initial_weights = "weights.safetensors"\n'
    text += '\n  optimizer "sgd" {\n    learning_rate = 0\n  }\n}\n'
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "model.hcl"), "w") as f:
        f.write(text)
    data = {n: v.astype("int32") if v.dtype.kind == "i" else v for n, v in data.items()}
    np.savez_compressed(os.path.join(folder, "data.npz"), **data, beside=np.zeros((batch, 1), "f"))
    save_file({n: np.ascontiguousarray(v, "float32") for n, v in results.items()}, os.path.join(folder, "want.safetensors"))
    if t.weights:
        save_file({n: np.ascontiguousarray(w, "float32") for n, w in t.weights.items()}, os.path.join(folder, "weights.safetensors"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-out", required=True)
    parser.add_argument("-commit", action="store_true")
    args = parser.parse_args()
    written = 0
    for part in ("pytorch-operator", "pytorch-converted"):
        for test in sorted(glob.glob(os.path.join(DATA, part, "test_*"))):
            name = os.path.basename(test).removeprefix("test_").lower()
            size = sum(os.path.getsize(f) for f in glob.glob(os.path.join(test, "**"), recursive=True) if os.path.isfile(f))
            if args.commit and size > 16384:
                print(f"{name}: {size} bytes, too large to keep")
                continue
            try:
                write(os.path.join(args.out, name), test)
                written += 1
            except NotOffered as e:
                print(f"{name}: not offered: {e}")
    print(f"{written} vectors")


if __name__ == "__main__":
    main()
