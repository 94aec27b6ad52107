"""Writes parity cases: what Keras 3 computes, step by step, for models that dlrun must agree with.

A developer runs this when a layer, loss, optimizer, ... is added; no test does. It needs `pip install keras jax numpy safetensors`, any recent version of
Keras 3 (the version used is recorded in each case), and `pip install --no-deps keras-hub` for the transformer blocks of KerasHub.

    python3 internal/parity/gen/generate.py -out DIR            every case of cases_*.py, a folder each
    python3 internal/parity/gen/generate.py -out DIR NAME ...   some of them
    python3 internal/parity/gen/generate.py -out DIR -commit    the selection kept in testdata/cases (the names in committed.txt)
    python3 internal/parity/gen/generate.py -out DIR -tensorflow   the cases of cases_tensorflow.py, for which Keras on JAX is no measure (needs tensorflow)
    python3 internal/parity/gen/generate.py -out DIR -check     compute the cases in DIR again in float64 and say how far float32 is from it

A case is a folder with
- model.hcl, data.npz (and validation.npz, test.npz), weights.safetensors: what dlrun is given;
- expected.json: `losses`, the total loss of each batch before its update, over all epochs; `tolerance`, for |got - want| / (1 + |want|) of losses and, times 20,
  for |got - want| of the weights; `keras`, its version; where there are metrics: `metrics`, an object an epoch with the names of Keras' logs, and
  `test`; where the learning rate moves: `learning_rates`, one for each batch;
- final.safetensors: every variable after training, by Keras' Variable.path.

-check guards against cases that no two float32 programs agree on (a bias before batch normalization under Adam, ...): a case whose float32 result is
further from float64 than half its tolerance must be changed.
"""

import argparse
import json
import os
import sys

os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND", "tensorflow") if "-tensorflow" in sys.argv else "jax"
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
if "-check" in sys.argv:
    os.environ["JAX_ENABLE_X64"] = "1"

import keras  # noqa: E402  (the environment above must be set first)
import numpy as np  # noqa: E402
from safetensors.numpy import load_file, save_file  # noqa: E402

import cases_acceptance  # noqa: E402
import cases_adaptation  # noqa: E402
import cases_attention  # noqa: E402
import cases_breadth  # noqa: E402
import cases_conv_lstm  # noqa: E402
import cases_expressions  # noqa: E402
import cases_formats  # noqa: E402
import cases_layers  # noqa: E402
import cases_losses  # noqa: E402
import cases_models  # noqa: E402
import cases_recurrent  # noqa: E402
import cases_tensorflow  # noqa: E402
import cases_training  # noqa: E402
from spec import O, Case, Several, find_class, make  # noqa: E402

CASES = {**cases_acceptance.CASES, **cases_adaptation.CASES, **cases_layers.CASES, **cases_breadth.CASES, **cases_conv_lstm.CASES, **cases_formats.CASES, **cases_losses.CASES, **cases_training.CASES, **cases_models.CASES, **cases_recurrent.CASES, **cases_attention.CASES, **cases_expressions.CASES}

if "-tensorflow" in sys.argv:
    CASES = cases_tensorflow.CASES


class Recorder(keras.Model):
    """A functional model whose fit() also logs each batch's own loss, which Keras shows only as a running mean."""

    def _update_metrics_variables(self, metrics_variables, unscaled_loss, x, y, y_pred, sample_weight):
        logs, variables = super()._update_metrics_variables(metrics_variables, unscaled_loss, x, y, y_pred, sample_weight)
        return dict(logs, step_loss=unscaled_loss), variables

    def compute_loss(self, *args, **kwargs):
        loss = super().compute_loss(*args, **kwargs)
        if keras.backend.backend() != "jax":
            self.step_loss = float(loss)
        return loss


class Steps(keras.callbacks.Callback):
    """Collects the loss and the learning rate of each batch and the logs of each epoch. It must come after the case's callbacks, which add to the logs."""

    def __init__(self):
        super().__init__()
        self.losses, self.rates, self.epochs = [], [], []

    def on_train_batch_begin(self, batch, logs=None):
        optimizer = self.model.optimizer
        several = hasattr(optimizer, "inner_optimizer") or hasattr(optimizer, "optimizers")  # whose rates are not looked at
        rate = 0.0 if several else optimizer._learning_rate
        if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
            rate = rate(len(self.losses))
        self.rates.append(float(keras.ops.convert_to_numpy(rate)))

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(self.model.step_loss if keras.backend.backend() != "jax" else float(logs["step_loss"]))

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(numbers(logs))


def numbers(logs):
    """Keras' logs without the Recorder's own entry."""
    return {k: float(v) for k, v in logs.items() if k not in ("step_loss", "val_step_loss")}


def start_values(model, rng):
    """Replaces the neutral start values (zeros, ones) by random ones, so that a forgotten term shows."""
    for v in model.variables:
        name, shape = v.path.split("/")[-1], v.shape
        if name in ("bias", "beta", "moving_mean"):
            v.assign(rng.standard_normal(shape) * 0.2)
        elif name == "gamma":
            v.assign(1 + rng.standard_normal(shape) * 0.2)
        elif name == "moving_variance":
            v.assign(rng.uniform(0.5, 1.5, shape))


def weights_of(model):
    """Every variable by path, in blocks too (see cases_models.py); seed generators as well, as Keras saves them."""
    return {v.path.replace("|", "/"): np.array(keras.ops.convert_to_numpy(v.value)) for v in model.variables}


def compile_args(case):
    """The arguments of compile() from those of the train block."""
    args = case.fit_args
    pick = lambda module, value: (  # noqa: E731
        {k: pick(module, v) for k, v in value.items()}
        if isinstance(value, dict)
        else [pick(module, v) for v in value] if isinstance(value, list) else make(module, value)
    )
    spec = args["optimizer"]
    more = {}
    if args.get("gradient_accumulation_steps"):
        more["gradient_accumulation_steps"] = args["gradient_accumulation_steps"]
    if isinstance(spec, Several):
        optimizer = spec.build(**more)
    else:
        spec = spec if isinstance(spec, O) else O(spec)
        inner = spec.args.get("inner_optimizer")
        if inner is not None:
            spec = O(spec.kind, **{**spec.args, "inner_optimizer": O(inner.kind, **inner.args, **more)})
            more = {}
        optimizer = make(keras.optimizers, O(spec.kind, **spec.args, **more))
    loss = pick(keras.losses, args["loss"])
    if case.no_loss:
        loss = {**loss, **{name: None for name in case.no_loss}}
    return dict(
        optimizer=optimizer,
        loss=loss,
        loss_weights=args.get("loss_weights"),
        metrics=pick(keras.metrics, args.get("metrics")),
        weighted_metrics=pick(keras.metrics, args.get("weighted_metrics")),
        run_eagerly=keras.backend.backend() != "jax",  # where compute_loss sees numbers
    )


def part(case, low, high):
    """The columns of some rows, as x, y and sample weights for Keras."""
    rows = {k: v[low:high] for k, v in case.columns.items()}
    x = {k: rows[k] for k in case.features}
    y = {k: rows[k] for k in case.targets}
    w = {t or case.targets[0]: rows[k] for k, t in case.weights}
    for name in case.no_loss:
        y[name] = np.zeros((high - low, 1), np.float32)  # Keras wants a target for it, and ignores it
    if not case.outputs:
        (y,) = y.values()
        w = next(iter(w.values()), None)
    else:
        w = {k: w.get(k, np.ones(high - low, np.float32)) for k in case.targets} if w else None
    return rows, x, y, w


def train(case, start=None):
    """Builds, trains and evaluates the case's model; from the weights `start` when given. Returns the start weights, the final ones and expected.json."""
    outputs = {k: h.tensor for k, h in case.outputs.items()} or case.last.tensor
    model = Recorder(case.inputs, outputs)
    if not case.neutral:
        start_values(model, case.rng)
    for name in case.fit_args.get("freeze", []):
        model.get_layer(name).trainable = False
    if start is not None:
        for v in model.variables:
            v.assign(start[v.path.replace("|", "/")])
    before = weights_of(model)
    model.compile(**compile_args(case))
    _, x, y, w = part(case, 0, case.rows)
    steps = Steps()
    callbacks = [make(keras.callbacks, spec) for spec in case.fit_args.get("callbacks", [])] + [steps]
    more = {}
    if case.val:
        _, vx, vy, vw = part(case, case.rows, case.rows + case.val)
        more["validation_data"] = (vx, vy) if vw is None else (vx, vy, vw)
    args = case.fit_args
    for key in ("steps_per_epoch", "validation_freq", "class_weight"):
        if args.get(key):
            more[key] = args[key]
    model.fit(x, y, sample_weight=w, batch_size=case.batch, epochs=case.epochs, shuffle=False, verbose=0, callbacks=callbacks, **more)
    expected = {"losses": steps.losses, "tolerance": case.tolerance, "keras": keras.__version__}
    if any(args.get(key) for key in ("metrics", "weighted_metrics", "callbacks", "steps_per_epoch")) or case.val or case.outputs:
        expected["metrics"] = steps.epochs
    if case.test:
        _, tx, ty, tw = part(case, case.rows + case.val, case.total())
        expected["test"] = numbers(model.evaluate(tx, ty, sample_weight=tw, batch_size=case.batch, verbose=0, return_dict=True))
    if len(set(steps.rates)) > 1:
        expected["learning_rates"] = steps.rates
    return before, weights_of(model), expected


def describe(name):
    """The case `name`, its model built."""
    keras.backend.clear_session()
    make_case, options = CASES[name]
    case = Case(name, **options)
    make_case(case)
    return case


def write(name, out):
    case = describe(name)
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    before, after, expected = train(case)
    for label, low, high in (
        ("data", 0, case.rows),
        ("validation", case.rows, case.rows + case.val),
        ("test", case.rows + case.val, case.total()),
    ):
        if high > low:
            rows = case.stored(part(case, low, high)[0])
            save = np.savez_compressed if case.compressed else np.savez
            save(os.path.join(folder, label + ".npz"), **rows)
    save_file(before, os.path.join(folder, "weights.safetensors"))
    save_file(after, os.path.join(folder, "final.safetensors"))
    with open(os.path.join(folder, "expected.json"), "w") as f:
        json.dump(expected, f, allow_nan=False)
        f.write("\n")
    with open(os.path.join(folder, "model.hcl"), "w") as f:
        f.write(case.file())
    moved = max(float(np.max(np.abs(after[k].astype(np.float64) - before[k]), initial=0)) for k in before)
    finite = np.all(np.isfinite(expected["losses"]))
    size = sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder))
    note = "" if finite and moved > 1e-3 else "  LOOK: nothing moves" if finite else "  LOOK: not finite"
    print(f"{name:36} {len(expected['losses']):3} steps  loss {expected['losses'][0]:.4f} -> {expected['losses'][-1]:.4f}  {size:6} bytes{note}", flush=True)


def check(name, out):
    """Computes a written case in float64; prints the larger of the two relative distances, 1 being the whole tolerance."""
    folder = os.path.join(out, name)
    keras.config.set_floatx("float32")
    case = describe(name)
    for k, v in np.load(os.path.join(folder, "data.npz")).items():
        if not np.array_equal(case.stored(part(case, 0, case.rows)[0])[k], v):
            raise SystemExit(f"{name}: data.npz is not what the generator makes now; write the case again")
    keras.config.set_floatx("float64")
    case = describe(name)
    start = load_file(os.path.join(folder, "weights.safetensors"))
    _, after, got = train(case, start)
    with open(os.path.join(folder, "expected.json")) as f:
        want = json.load(f)
    final = load_file(os.path.join(folder, "final.safetensors"))
    losses, exact = np.array(want["losses"]), np.array(got["losses"])
    off = np.max(np.abs(losses - exact) / (1 + np.abs(exact))) / want["tolerance"]
    weights = max(float(np.max(np.abs(final[k].astype(np.float64) - after[k]), initial=0)) for k in final if "seed_generator" not in k)
    worst = max(off, weights / (20 * want["tolerance"]))
    print(f"{name:36} losses {off:.3f} weights {weights / (20 * want['tolerance']):.3f} of the tolerance{'  LOOK' if worst > 0.5 else ''}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-out", required=True)
    parser.add_argument("-commit", action="store_true")
    parser.add_argument("-check", action="store_true")
    parser.add_argument("-tensorflow", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    names = args.names
    if args.commit:
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "committed.txt")) as f:
            names = [name for name in f.read().split() if name in CASES]
    names = names or sorted(CASES)
    for name in names:
        (check if args.check else write)(name, args.out)


if __name__ == "__main__":
    main()
