"""One description of a case, from which both its Keras model and its model.hcl are made.

Words: a *spec* (class O) is the registered name of a Keras object with the arguments as a user would write them. `build` makes the Keras object from
it, `emit` writes the same thing as HCL. Because both come from one spec the two twins of a case cannot drift apart. A *handle* (class T) is a tensor of
the model together with the HCL expression that names it.
"""

import inspect
import zlib

import keras
import numpy as np


class O:
    """A named Keras object with arguments: O("l2", l2=0.01) is keras.regularizers.L2(l2=0.01) and the block `"l2" { l2 = 0.01 }`."""

    def __init__(self, kind, **args):
        self.kind = kind
        self.args = args


class Fn(O):
    """A function of Keras' side, fn(y_true, y_pred, **args), that is a block of the file called kind: Fn("pinball", fn, q=0.9)."""

    def __init__(self, kind, fn, **args):
        super().__init__(kind, **args)
        self.fn = fn


class AddLoss(keras.layers.Layer):
    """Passes its last input on, and adds what a function makes of all to the loss."""

    def __init__(self, fn, **kwargs):
        super().__init__(**kwargs)
        self.fn = fn

    def call(self, inputs):
        self.add_loss(self.fn(*inputs))
        return inputs[-1]


class Several:
    """Optimizers, each for the weights whose path matches a pattern ("" for all others): Several({"head/**": O("adam"), "": O("sgd")}). The patterns
    are those of model.hcl. args are further arguments of the train block, for which Keras has several optimizers."""

    def __init__(self, optimizers, **args):
        self.optimizers = optimizers
        self.args = args

    def build(self, **more):
        made = {p: make(keras.optimizers, O(o.kind, **o.args, **more)) for p, o in self.optimizers.items()}
        expression = lambda p: p.replace("**", "@").replace("*", "[^/]*").replace("@", ".*")  # noqa: E731
        rest = made.pop("")
        return keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(rest, {expression(p): o for p, o in made.items()}))


class Raw:
    """An HCL expression (text) that stands for a Python value (value), where the two are written differently."""

    def __init__(self, text, value):
        self.text = text
        self.value = value


class T:
    """A handle: a Keras tensor and the HCL reference to it."""

    def __init__(self, tensor, ref, layer=None, outs=()):
        self.tensor = tensor
        self.ref = ref
        self.layer = layer
        self.outs = list(outs)  # of a layer with several outputs: a handle each


def find_class(module, kind):
    """The class of `module` whose name is `kind` in snake_case; words are compared without underscores and case (l1_l2 = L1L2, relu = ReLU)."""
    want = kind.replace("_", "").lower()
    for name, obj in vars(module).items():
        if inspect.isclass(obj) and name.lower() == want:
            return obj
    raise KeyError(f"{module.__name__} has no {kind}")


def module_of(argument):
    """The Keras module that resolves the object given for an argument, or None for plain values."""
    for suffix, module in (
        ("_regularizer", keras.regularizers),
        ("_initializer", keras.initializers),
        ("_constraint", keras.constraints),
        ("learning_rate", keras.optimizers.schedules),
        ("_optimizer", keras.optimizers),
    ):
        if argument.endswith(suffix):
            return module
    return None


def build(argument, value):
    """The Python value of an argument: specs become Keras objects, everything else is passed on."""
    if isinstance(value, Raw):
        return value.value
    if not isinstance(value, O):
        return value
    args = {k: build(k, v) for k, v in value.args.items()}
    if argument == "activation":
        fn = getattr(keras.activations, value.kind)
        return lambda x: fn(x, **args)
    return find_class(module_of(argument), value.kind)(**args)


def make(module, spec):
    """The Keras object of a top-level spec (loss, metric, optimizer, layer); a plain string stays a string."""
    if isinstance(spec, Fn):
        args = {k: v for k, v in spec.args.items() if k not in ("reduction", "name")}
        fn = lambda y, p: spec.fn(y, p, **args)  # noqa: E731
        fn.__name__ = spec.args.get("name", spec.kind)
        if module is keras.losses and "reduction" in spec.args:
            cls = type("Block", (keras.losses.Loss,), {"call": lambda self, y, p: fn(y, p)})
            return cls(reduction=spec.args["reduction"])
        return fn
    if not isinstance(spec, O):
        return spec
    return find_class(module, spec.kind)(**{k: build(k, v) for k, v in spec.args.items()})


def literal(value):
    """A Python value as an HCL expression."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, T):
        return value.ref
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {literal(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (int, float)):
        return repr(value)
    raise TypeError(f"no HCL for {value!r}")


def in_mode(cls, mode):
    """The layer class with its `training` argument fixed. In a functional model Keras itself overrides a `training` that was given when the layer was
    called (models/functional.py: operation_fn) by that of fit(); dlrun's call argument does what it says, and so does this class."""

    class Fixed(cls):
        def call(self, inputs, training=None, **kwargs):
            return super().call(inputs, training=mode, **kwargs)

    return Fixed


def emit_inner(body, inner):
    """Writes the layers inside a wrapper."""
    for kind, name, args in inner:
        args = dict(args)
        block = body.block("layer", kind, name)
        held = args.pop("inner", ())
        for k, v in args.items():
            block.attr(k, v)
        emit_inner(block, held)


def build_inner(kind, inner, args):
    """The positional arguments of a Keras wrapper. A second layer of a bidirectional goes into args."""
    layers = []
    for k, name, a in inner:
        a = dict(a)
        held = build_inner(k, a.pop("inner", ()), a)
        layers.append(find_class(keras.layers, k)(*held, name=name, **{n: build(n, v) for n, v in a.items()}))
    if kind == "bidirectional" and len(layers) == 2:
        args["backward_layer"] = layers.pop()
    if kind == "stacked_rnn_cells":
        return [layers]
    if kind == "rnn" and len(layers) > 1:  # the name that Keras gives the first one of a program
        return [keras.layers.StackedRNNCells(layers, name="stacked_rnn_cells")]
    return layers


class Body:
    """The inside of an HCL block: attributes and blocks in order, written as `dlrun fmt` would."""

    def __init__(self):
        self.items = []

    def attr(self, name, value):
        """An attribute; a dict becomes an object over several lines; a spec becomes a block labelled with its kind."""
        if isinstance(value, O):
            inner = self.block(name, value.kind)
            for k, v in value.args.items():
                inner.attr(k, v)
        elif isinstance(value, dict):
            self.items.append((name, [f"  {k} = {literal(v)}" for k, v in value.items()]))
        else:
            self.items.append((name, literal(value)))
        return self

    def block(self, kind, *labels):
        inner = Body()
        self.items.append((" ".join([kind] + [f'"{label}"' for label in labels]), inner))
        return inner

    def lines(self):
        """The lines of the body; equals signs of neighbouring one-line attributes are aligned."""
        out = []
        at = 0
        while at < len(self.items):
            name, value = self.items[at]
            if isinstance(value, str):
                end = at
                while end < len(self.items) and isinstance(self.items[end][1], str):
                    end += 1
                run = self.items[at:end]
                width = max(len(n) for n, _ in run)
                out += [f"{n.ljust(width)} = {v}" for n, v in run]
                at = end
                continue
            if isinstance(value, list):
                out += [f"{name} = {{"] + value + ["}"]
            else:
                inner = value.lines()
                out += [name + " {"] + ["  " + line if line else "" for line in inner] + ["}"] if inner else [name + " {}"]
            at += 1
        return out

    def text(self):
        """The lines of a whole file, top-level blocks apart from each other."""
        lines = []
        for line in self.lines():
            lines.append(line)
            if line == "}":
                lines.append("")
        return "\n".join(lines).rstrip("\n") + "\n"


class Case:
    """A case in the making. The functions of cases_*.py call input, layer, target, ... in the order in which model.hcl shall have them."""

    def __init__(self, name, rows=21, batch=8, epochs=2, val=0, test=0, tolerance=2e-5):
        self.name = name
        self.rows, self.val, self.test = rows, val, test
        self.batch, self.epochs, self.tolerance = batch, epochs, tolerance
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))
        keras.utils.set_random_seed(zlib.crc32(name.encode()) % 2**31)
        self.columns, self.features, self.targets, self.weights = {}, [], [], []
        self.split = {}  # feature or target -> the columns of the file that make it, where they have other names
        self.inputs, self.outputs = {}, {}
        self.hcl = Body()  # of the model block
        self.last = None
        self.fit_args = {}
        self.no_loss = []  # outputs without a loss
        self.neutral = False  # start from Keras' own zeros and ones instead of random biases, gammas, ...
        self.compressed = False
        self.stateful = False  # the batch has the same size always, as Keras' stateful layers want it
        self.blocks = []  # hand-written blocks before the model
        self.model_text = None  # hand-written blocks and model instead of `hcl`

    # Data.
    def total(self):
        return self.rows + self.val + self.test

    def normal(self, *shape, scale=1.0):
        return (self.rng.standard_normal((self.total(), *shape)) * scale).astype(np.float32)

    def ints(self, high, *shape, low=0):
        return self.rng.integers(low, high, (self.total(), *shape)).astype(np.int32)

    def one_hot(self, classes, *shape):
        return np.eye(classes, dtype=np.float32)[self.ints(classes, *shape)]

    def uniform(self, *shape, low=0.0, high=1.0):
        return self.rng.uniform(low, high, (self.total(), *shape)).astype(np.float32)

    # Model.
    def input(self, name, shape, dtype="float32", data=None, columns=None):
        """Adds a model input with its feature; without data it is normal. With `columns` its last axis is written as scalar columns of these names,
        or, where they are one string, as one column of that name."""
        self.columns[name] = self.normal(*shape) if data is None else data
        self.features.append(name)
        if columns:
            self.split[name] = columns
        body = self.hcl.block("input", name).attr("shape", list(shape))
        if dtype != "float32":
            body.attr("dtype", dtype)
        tensor = keras.Input(shape=tuple(shape), batch_size=self.batch if self.stateful else None, dtype=dtype, name=name)
        self.inputs[name] = tensor
        self.last = T(tensor, f"input.{name}")
        return self.last

    def layer(self, kind, name, *inputs, training=None, inner=(), call=None, **args):
        """Adds a layer. Without inputs it takes the handle made last, and model.hcl leaves `inputs` out. `inner` are the layers that a wrapper holds, each a
        tuple (kind, name, arguments); `call` are call arguments, handles or lists of them."""
        body = self.hcl.block("layer", kind, name)
        if inputs:
            body.attr("inputs", list(inputs))
        if training is not None:
            body.attr("training", training)
        call = call or {}
        for k, v in {**args, **call}.items():
            body.attr(k, v)
        emit_inner(body, inner)
        cls = find_class(keras.layers, kind)
        if training is not None:
            cls = in_mode(cls, training)
        layer = cls(*build_inner(kind, inner, args), name=name, **{k: build(k, v) for k, v in args.items()})
        return self._call(layer, name, inputs, call)

    def expression(self, name, text, fn, *handles, mask=None, shape=None):
        """Adds a lambda layer: the expression as model.hcl has it, and the same of tensors in Python. mask is a pair of such, for the mask;
        shape is that of the output where Keras cannot tell."""
        body = self.hcl.block("layer", "lambda", name).attr("function", Raw(text, None))
        more = {"output_shape": shape} if shape else {}
        if mask:
            body.attr("mask", Raw(mask[0], None))
            more["mask"] = lambda x, _: mask[1](*(x if isinstance(x, list) else [x]))
        handles = handles or (self.last,)
        layer = keras.layers.Lambda(lambda x: fn(*(x if isinstance(x, list) else [x])), name=name, **more)
        return self._call(layer, name, handles)

    def add_loss(self, name, text, fn, *handles):
        """Adds to the loss what an expression makes of layers, the last of which is passed on."""
        self.hcl.block("add_loss", name).attr("value", Raw(text, None))
        of = handles[-1]
        self.last = T(AddLoss(fn, name=name)([h.tensor for h in handles]), of.ref, of.layer)
        return self.last

    def block(self, text):
        """Writes a block of the file before the model."""
        self.blocks.append(text.strip("\n"))

    def reuse(self, name, of, *inputs):
        """Applies the layer behind the handle `of` again, with its weights."""
        body = self.hcl.block("layer", "shared", name).attr("reuse", T(None, of.ref))
        if inputs:
            body.attr("inputs", list(inputs))
        return self._call(of.layer, name, inputs)

    def _call(self, layer, name, inputs, call=None):
        handles = inputs or (self.last,)
        tensors = [h.tensor for h in handles]
        given = {k: [h.tensor for h in v] if isinstance(v, list) else v.tensor for k, v in (call or {}).items()}
        result = layer(tensors if len(tensors) > 1 else tensors[0], **given)
        flat = keras.tree.flatten(result)
        outs = [T(t, f"layer.{name}.outputs[{i}]") for i, t in enumerate(flat)] if len(flat) > 1 else []
        self.last = T(flat[0], f"layer.{name}", layer, outs)
        return self.last

    def output(self, name, handle):
        self.hcl.block("output", name).attr("value", handle)
        self.outputs[name] = handle

    def target(self, name, data, column=None):
        self.columns[name] = data
        self.targets.append(name)
        if column:
            self.split[name] = column

    def stored(self, rows):
        """The arrays of a file, from those by feature and target name."""
        out = {}
        for name, data in rows.items():
            columns = self.split.get(name, name)
            if isinstance(columns, str):
                out[columns] = data
            else:
                out.update({c: data[..., i] for i, c in enumerate(columns)})
        return out

    def weight(self, name, data=None, target=None):
        """Adds sample weights, for one target where there are several."""
        self.columns[name] = self.uniform(low=0.2, high=2.0) if data is None else data
        self.weights.append((name, target))

    # Heads that many cases share.
    def regression(self, units=2, loss="mean_squared_error", **fit):
        self.layer("dense", "head", units=units)
        self.target("y", self.normal(units))
        self.fit(loss=loss, **fit)

    def classes(self, n=4, loss="sparse_categorical_crossentropy", **fit):
        self.layer("dense", "head", units=n, activation="softmax")
        self.target("y", self.ints(n))
        self.fit(loss=loss, **fit)

    # Training.
    def fit(self, loss, optimizer=None, **args):
        """loss, optimizer and anything else of the train block (metrics, loss_weights, class_weight, callbacks, ...)."""
        self.fit_args = dict(args, loss=loss, optimizer=optimizer or O("sgd", learning_rate=0.1))

    def file(self):
        """The text of model.hcl."""
        top = Body()
        data = top.block("dataset", "d")
        source = data.block("source", "npz")
        if self.val or self.test:
            source.attr("train", "data.npz")
            if self.val:
                source.attr("validation", "validation.npz")
            if self.test:
                source.attr("test", "test.npz")
        else:
            source.attr("path", "data.npz")
        for kind, names in (("feature", self.features), ("target", self.targets)):
            for name in names:
                body = data.block(kind, name)
                columns = self.split.get(name)
                if columns:
                    body.attr("column" if isinstance(columns, str) else "columns", columns)
        for name, target in self.weights:
            body = data.block("weight").attr("column", name)
            if target:
                body.attr("target", target)
        if self.model_text is None:
            top.items.append(('model "m"', self.hcl))
        train = top.block("train", "main")
        train.attr("model", Raw("model.m", None)).attr("data", Raw("dataset.d", None))
        train.attr("epochs", self.epochs).attr("batch_size", self.batch).attr("shuffle", False)
        train.attr("log_every_n_steps", 1).attr("initial_weights", "weights.safetensors")
        emit_train(train, dict(self.fit_args))
        text = top.text()
        if self.model_text is not None:
            head, tail = text.split('train "main"')
            text = head + self.model_text.strip("\n") + '\n\ntrain "main"' + tail
        if self.blocks:
            head, tail = text.split('model "m"')
            text = head + "\n\n".join(self.blocks) + '\n\nmodel "m"' + tail
        return text


def emit_train(body, args):
    """The train block's loss, metrics, optimizer and callbacks."""
    for key in ("steps_per_epoch", "validation_freq", "gradient_accumulation_steps", "class_weight", "loss_weights"):
        if args.get(key) is not None:
            body.attr(key, args[key])
    if args.get("freeze"):
        body.attr("trainable", [{"path": f"{layer}/**", "trainable": False} for layer in args["freeze"]])
    loss = args["loss"]
    if isinstance(loss, dict) and any(isinstance(v, O) for v in loss.values()):
        for output, spec in loss.items():
            spec = spec if isinstance(spec, O) else O(spec)
            inner = body.block("loss", spec.kind).attr("output", output)
            for k, v in spec.args.items():
                inner.attr(k, v)
    else:
        body.attr("loss", loss)
    for key in ("metrics", "weighted_metrics"):
        value = args.get(key)
        if isinstance(value, dict):
            body.attr(key, value)
        elif value and all(isinstance(v, str) for v in value):
            body.attr(key, value)
        else:
            for spec in value or []:
                body.attr(key[:-1], spec if isinstance(spec, O) else O(spec))
    several = args["optimizer"]
    if isinstance(several, Several):
        for key, value in several.args.items():
            body.attr(key, value)
        written = {"": several.optimizers[""]} if several.args else several.optimizers
        for path, spec in written.items():
            inner = body.block("optimizer", spec.kind)
            for k, v in {**({"path": path} if path else {}), **spec.args}.items():
                inner.attr(k, v)
    else:
        body.attr("optimizer", several)
    for spec in args.get("callbacks", []):
        body.attr("callback", spec)


class Table(dict):
    """Cases by name: (function that describes the case, options of Case)."""

    def case(self, name, **options):
        """Registers a function fn(m)."""

        def register(fn):
            self[name] = (fn, options)
            return fn

        return register

    def each(self, prefix, variants, **options):
        """Registers PREFIX_VARIANT for each of `variants` (name -> arguments): fn(m, **arguments)."""

        def register(fn):
            for name, variant in variants.items():
                self[f"{prefix}_{name}"] = (lambda m, v=variant: fn(m, **v), options)
            return fn

        return register
