"""Writes vectors.json: steps of the optimizers as Keras 3.15.1 takes them on JAX.

    KERAS_BACKEND=jax python3 vectors.py > vectors.json
"""
import json
import re
import sys

import numpy as np
import keras

rng = np.random.default_rng(3)
STEPS = 6
shapes = [[2, 3], [3]]
start = [rng.uniform(-1, 1, s).astype("float32") for s in shapes]
grads = [[rng.uniform(-2, 2, s).astype("float32") * 10.0 ** -(k % 3) for s in shapes] for k in range(STEPS)]
cases = []


def flat(a):
    return np.asarray(a, "float64").ravel().tolist()


def case(cls, slots=None, **args):
    opt = getattr(keras.optimizers, cls)(**args)
    variables = [keras.Variable(w, name=f"w{i}") for i, w in enumerate(start)]
    opt.build(variables)
    steps = []
    for k in range(STEPS):
        opt.apply(grads[k], variables)
        steps.append([flat(v) for v in variables])
    opt.finalize_variable_values(variables)
    slots = slots or [v.path.split("/")[-1] for v in opt.variables if "w0" in v.path]
    name = {"RMSprop": "rmsprop", "AdamW": "adamw", "SGD": "sgd", "ScheduleFreeAdamW": "schedule_free_adamw", "LossScaleOptimizer": "loss_scale_optimizer"}.get(cls, cls.lower())
    cases.append({
        "optimizer": name, "args": "\n".join(f"{k} = {json.dumps(v)}" for k, v in args.items()),
        "slots": [s.removeprefix("w0_") for s in slots], "steps": steps, "final": [flat(v) for v in variables],
    })


case("SGD")
case("SGD", learning_rate=0.1, momentum=0.9)
case("SGD", learning_rate=0.1, momentum=0.9, nesterov=True)
for extra in [{"weight_decay": 0.1}, {"clipnorm": 0.5}, {"clipvalue": 0.25}, {"global_clipnorm": 0.5}, {"use_ema": True, "ema_momentum": 0.5},
              {"use_ema": True, "ema_momentum": 0.75, "ema_overwrite_frequency": 2, "momentum": 0.5}]:
    case("SGD", learning_rate=0.1, **extra)
case("Adam")
case("Adam", learning_rate=0.1, beta_1=0.5, beta_2=0.75, epsilon=0.001)
case("Adam", learning_rate=0.1, amsgrad=True, weight_decay=0.01, global_clipnorm=1.0)
case("AdamW")
case("AdamW", learning_rate=0.1, weight_decay=0.1)
case("RMSprop")
case("RMSprop", learning_rate=0.1, rho=0.75, momentum=0.5)
case("RMSprop", learning_rate=0.1, centered=True, epsilon=0.01)
case("RMSprop", learning_rate=0.1, centered=True, momentum=0.9, epsilon=0.01, weight_decay=0.1)
case("Ftrl")
case("Ftrl", learning_rate=0.1, learning_rate_power=-0.75, initial_accumulator_value=0.5, l1_regularization_strength=0.1,
     l2_regularization_strength=0.2, l2_shrinkage_regularization_strength=0.05, beta=0.1)
case("Ftrl", learning_rate=0.1, learning_rate_power=0.0, weight_decay=0.1)
case("Adagrad")
case("Adagrad", learning_rate=0.1, initial_accumulator_value=0.0, epsilon=0.001)
case("Adadelta")
case("Adadelta", learning_rate=1.0, rho=0.75, epsilon=0.001)
case("Adamax")
case("Adamax", learning_rate=0.1, beta_1=0.5, beta_2=0.75)
case("Nadam")
case("Nadam", learning_rate=0.1, beta_1=0.5, beta_2=0.75)
case("Lion")
case("Lion", learning_rate=0.1, beta_1=0.5, beta_2=0.75)

case("Lamb")
case("Lamb", learning_rate=0.1, beta_1=0.5, beta_2=0.75, epsilon=0.001, weight_decay=0.1)
case("Lamb", learning_rate=0.1, use_ema=True, ema_momentum=0.5, clipnorm=0.5)
case("ScheduleFreeAdamW")
case("ScheduleFreeAdamW", learning_rate=0.1, beta_1=0.75, beta_2=0.9, epsilon=0.001, warmup_steps=4, weight_decay=0.1)
case("ScheduleFreeAdamW", learning_rate=0.1, use_ema=True, ema_momentum=0.5, global_clipnorm=1.0)
# Keras keeps the product of row and column besides, and names those after the weight.
rows = ["velocity_row", "velocity_column"]
case("Adafactor", slots=rows)
case("Adafactor", slots=rows, learning_rate=0.5, beta_2_decay=-0.5, epsilon_1=1e-6, epsilon_2=0.5, clip_threshold=0.3, weight_decay=0.1)
case("Adafactor", slots=rows + ["average"], learning_rate=10.0, relative_step=False, use_ema=True, ema_momentum=0.5)
both = ["momentum", "velocity"]
case("Muon", slots=both)
case("Muon", slots=both, learning_rate=0.1, momentum=0.5, nesterov=False, ns_steps=3, rms_rate=0.5, weight_decay=0.2, adam_weight_decay=None, adam_lr_ratio=0.5)
case("Muon", slots=both, learning_rate=0.1, muon_a=2.0, muon_b=-1.5, muon_c=0.5, weight_decay=None, adam_weight_decay=0.3, rms_rate=None, adam_beta_1=0.5, adam_beta_2=0.75, epsilon=0.001)
case("Muon", slots=both, learning_rate=0.1, exclude_layers=["^w[0-9]"])
case("Muon", slots=both + ["average"], learning_rate=0.1, use_ema=True, ema_momentum=0.5, global_clipnorm=1.0)


class Lookahead(keras.optimizers.SGD):
    """As tfa.optimizers.Lookahead over SGD."""

    def __init__(self, every, share, **args):
        super().__init__(**args)
        self.every, self.share = every, share

    def apply(self, grads, variables):
        if not hasattr(self, "slow"):
            self.slow = [np.array(v) for v in variables]
        super().apply(grads, variables)
        if int(self.iterations) % self.every == 0:
            for i, v in enumerate(variables):
                self.slow[i] = self.slow[i] + np.float32(self.share) * (np.array(v) - self.slow[i])
                v.assign(self.slow[i])


keras.optimizers.Lookahead = Lookahead
case("Lookahead", slots=["momentum", "slow"], every=2, share=0.5, learning_rate=0.1, momentum=0.9)
cases[-1]["args"] = 'optimizer "sgd" {\nlearning_rate = 0.1\nmomentum = 0.9\n}\nsync_period = 2'
case("Lookahead", slots=["slow"], every=3, share=0.25, learning_rate=0.1, weight_decay=0.1)
cases[-1]["args"] = 'optimizer "sgd" {\nlearning_rate = 0.1\nweight_decay = 0.1\n}\nsync_period = 3\nslow_step_size = 0.25'


class LossScaleOptimizer(keras.optimizers.Adam):
    """The one that takes the steps: the gradients are given, and finite."""


keras.optimizers.LossScaleOptimizer = LossScaleOptimizer
case("LossScaleOptimizer", slots=["momentum", "velocity"], learning_rate=0.1)
cases[-1]["args"] = 'inner_optimizer "adam" {\nlearning_rate = 0.1\n}'

text = json.dumps({"shapes": shapes, "start": [flat(w) for w in start], "grads": [[flat(g) for g in gs] for gs in grads], "cases": cases}, indent=1)
text = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m.group().split()), text)
sys.stdout.write(text + "\n")
