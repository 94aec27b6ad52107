"""Cases of optimizers, schedules, regularizers, constraints, freezing and callbacks."""

import numpy as np

from spec import O, Raw, Several, Table

CASES = Table()
case, each = CASES.case, CASES.each


def two_layers(m, optimizer=None, first=None, **fit):
    """A model with an embedding, a frozen-or-not dense layer and a softmax: kernels, biases and rows that are not always looked up."""
    t = m.input("t", [], dtype="int32", data=m.ints(6))
    x = m.input("x", [4])
    e = m.layer("embedding", "e", t, input_dim=7, output_dim=2)
    m.layer("concatenate", "j", x, e)
    m.layer("dense", "a", units=5, activation="tanh", **(first or {}))
    m.classes(3, optimizer=optimizer, **fit)


# Optimizers.

OPTIMIZERS = {
    "sgd_default": "sgd",
    "sgd_momentum": O("sgd", learning_rate=0.1, momentum=0.9),
    "sgd_nesterov": O("sgd", learning_rate=0.1, momentum=0.8, nesterov=True),
    "sgd_decay": O("sgd", learning_rate=0.1, weight_decay=0.1),
    "sgd_momentum_decay": O("sgd", learning_rate=0.1, momentum=0.9, weight_decay=0.1),
    "sgd_clipnorm": O("sgd", learning_rate=0.3, clipnorm=0.1),
    "sgd_clipvalue": O("sgd", learning_rate=0.3, clipvalue=0.03),
    "sgd_global_clipnorm": O("sgd", learning_rate=0.3, global_clipnorm=0.2),
    "sgd_global_clipnorm_large": O("sgd", learning_rate=0.3, global_clipnorm=50.0),
    "sgd_decay_clipnorm": O("sgd", learning_rate=0.3, clipnorm=0.1, weight_decay=0.2, momentum=0.5),
    "adam_default": "adam",
    "adam_betas": O("adam", learning_rate=0.02, beta_1=0.7, beta_2=0.9, epsilon=0.001),
    "adam_amsgrad": O("adam", learning_rate=0.02, beta_2=0.6, amsgrad=True),
    "adam_decay": O("adam", learning_rate=0.02, weight_decay=0.3),
    "adam_clipnorm": O("adam", learning_rate=0.02, clipnorm=0.01, epsilon=0.001),
    "adam_clipvalue": O("adam", learning_rate=0.02, clipvalue=0.002, epsilon=0.001),
    "adam_global_clipnorm": O("adam", learning_rate=0.02, global_clipnorm=0.02, epsilon=0.001),
    "adamw_default": "adamw",
    "adamw": O("adamw", learning_rate=0.02, weight_decay=0.2),
    "adamw_amsgrad": O("adamw", learning_rate=0.02, weight_decay=0.1, amsgrad=True, beta_1=0.8),
    "rmsprop_default": "rmsprop",
    "rmsprop": O("rmsprop", learning_rate=0.01, rho=0.7, epsilon=0.01),
    "rmsprop_momentum": O("rmsprop", learning_rate=0.005, momentum=0.6, epsilon=0.001),
    "rmsprop_centered": O("rmsprop", learning_rate=0.005, centered=True, epsilon=0.001),
    "rmsprop_all": O("rmsprop", learning_rate=0.005, rho=0.8, momentum=0.5, centered=True, epsilon=0.001, weight_decay=0.1, clipnorm=0.2),
    "ftrl_default": "ftrl",
    "ftrl": O("ftrl", learning_rate=0.1, learning_rate_power=-0.7, initial_accumulator_value=0.3),
    "ftrl_l1": O("ftrl", learning_rate=0.1, l1_regularization_strength=0.05),
    "ftrl_l2": O("ftrl", learning_rate=0.1, l2_regularization_strength=0.1),
    "ftrl_shrinkage": O("ftrl", learning_rate=0.1, l2_shrinkage_regularization_strength=0.1),
    "ftrl_beta": O("ftrl", learning_rate=0.1, beta=0.2),
    "ftrl_all": O("ftrl", learning_rate=0.1, learning_rate_power=-0.4, l1_regularization_strength=0.01, l2_regularization_strength=0.05, l2_shrinkage_regularization_strength=0.02, beta=0.1, weight_decay=0.1, clipvalue=0.1),
    "ftrl_power_zero": O("ftrl", learning_rate=0.1, learning_rate_power=0.0),
    "loss_scale_factor_three": O("adam", learning_rate=0.02, loss_scale_factor=3.0, epsilon=0.001, global_clipnorm=0.02),
    "loss_scale_factor_vanishing": O("sgd", learning_rate=0.1, loss_scale_factor=2e-38),
    "loss_scale_factor": O("sgd", learning_rate=0.1, loss_scale_factor=8.0, clipnorm=0.5),
    "sgd_ema": O("sgd", learning_rate=0.1, use_ema=True, ema_momentum=0.7),
    "adam_ema_overwrite": O("adam", learning_rate=0.02, use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=2),
}

each("optimizer", {k: dict(optimizer=v) for k, v in OPTIMIZERS.items()}, rows=27)(two_layers)


@case("optimizer_adam_long", rows=40, batch=4, epochs=8)
def _(m):
    """80 steps: bias correction fades."""
    two_layers(m, O("adam", learning_rate=0.003))


@case("optimizer_zero_gradient", rows=16)
def _(m):
    """A loss that is constant: global_clipnorm and clipnorm of nothing, decay alone moves the weights."""
    m.input("x", [3])
    m.layer("dense", "a", units=2, activation="relu", kernel_constraint="non_neg")
    m.layer("rescaling", "none", scale=0.0)
    m.target("y", m.normal(2))
    m.fit(loss="mse", optimizer=O("sgd", learning_rate=0.1, weight_decay=0.5, global_clipnorm=1.0))


ACCUMULATIONS = {
    "sgd": O("sgd", learning_rate=0.1, momentum=0.9),
    "adam": O("adam", learning_rate=0.02),
    "clipped": O("adamw", learning_rate=0.02, weight_decay=0.1, clipnorm=0.2, epsilon=0.001),
}


@each("gradient_accumulation", {k: dict(optimizer=v) for k, v in ACCUMULATIONS.items()}, rows=37, epochs=3)
def _(m, optimizer):
    """Two batches an update, over the end of an epoch of five batches too."""
    two_layers(m, optimizer, gradient_accumulation_steps=2)


@case("gradient_accumulation_schedule", rows=37, epochs=3)
def _(m):
    """The schedule counts batches, Adam counts updates."""
    two_layers(m, O("adam", learning_rate=O("exponential_decay", initial_learning_rate=0.03, decay_steps=5, decay_rate=0.5)), gradient_accumulation_steps=3)


@case("gradient_accumulation_constraint", rows=37, epochs=2)
def _(m):
    """Constraints act after every batch."""
    two_layers(m, O("sgd", learning_rate=0.2), first=dict(kernel_constraint=O("max_norm", max_value=0.5)), gradient_accumulation_steps=4)


# Schedules, far enough to pass their ends.

SCHEDULES = {
    "piecewise": O("piecewise_constant_decay", boundaries=[2, 5], values=[0.2, 0.1, 0.02]),
    "piecewise_many": O("piecewise_constant_decay", boundaries=[1, 3, 4, 9], values=[0.05, 0.2, 0.1, 0.3, 0.01]),
    "exponential": O("exponential_decay", initial_learning_rate=0.2, decay_steps=3, decay_rate=0.7),
    "exponential_staircase": O("exponential_decay", initial_learning_rate=0.2, decay_steps=3, decay_rate=0.7, staircase=True),
    "cosine": O("cosine_decay", initial_learning_rate=0.2, decay_steps=7),
    "cosine_alpha": O("cosine_decay", initial_learning_rate=0.2, decay_steps=7, alpha=0.1),
    "cosine_warmup": O("cosine_decay", initial_learning_rate=0.01, decay_steps=5, warmup_target=0.2, warmup_steps=3),
    "cosine_warmup_alpha": O("cosine_decay", initial_learning_rate=0.0, decay_steps=4, alpha=0.2, warmup_target=0.3, warmup_steps=4),
    "cosine_warmup_steps_only": O("cosine_decay", initial_learning_rate=0.2, decay_steps=7, warmup_steps=3),
    "polynomial": O("polynomial_decay", initial_learning_rate=0.2, decay_steps=7),
    "polynomial_power": O("polynomial_decay", initial_learning_rate=0.2, decay_steps=7, end_learning_rate=0.05, power=2.0),
    "polynomial_root": O("polynomial_decay", initial_learning_rate=0.2, decay_steps=8, end_learning_rate=0.01, power=0.5),
    "polynomial_cycle": O("polynomial_decay", initial_learning_rate=0.2, decay_steps=4, end_learning_rate=0.02, cycle=True),
    "inverse_time": O("inverse_time_decay", initial_learning_rate=0.2, decay_steps=2, decay_rate=0.5),
    "inverse_time_staircase": O("inverse_time_decay", initial_learning_rate=0.2, decay_steps=3, decay_rate=0.5, staircase=True),
}


@each("schedule", {k: dict(schedule=v) for k, v in SCHEDULES.items()}, rows=29, epochs=3)
def _(m, schedule):
    m.input("x", [4])
    m.layer("dense", "a", units=5, activation="tanh")
    m.classes(3, optimizer=O("sgd", learning_rate=schedule, momentum=0.5))


@case("schedule_adamw_decay", rows=29, epochs=3)
def _(m):
    """The decay follows the schedule."""
    two_layers(m, O("adamw", learning_rate=O("cosine_decay", initial_learning_rate=0.05, decay_steps=10), weight_decay=0.3))


# Regularizers and constraints.

REGULARIZERS = {
    "l1_name": "l1",
    "l2_name": "l2",
    "l1": O("l1", l1=0.03),
    "l2": O("l2", l2=0.03),
    "l1_l2": O("l1_l2", l1=0.02, l2=0.03),
    "l1_l2_default": O("l1_l2"),
    "l1_l2_one": O("l1_l2", l2=0.04),
    "orthogonal_name": "orthogonal_regularizer",
    "orthogonal_rows": O("orthogonal_regularizer", factor=0.2),
    "orthogonal_columns": O("orthogonal_regularizer", factor=0.2, mode="columns"),
}


@each("regularizer", {k: dict(spec=v) for k, v in REGULARIZERS.items()}, rows=19, batch=6)
def _(m, spec):
    """On a kernel, and (but for orthogonal) on a bias and on activities."""
    name = spec if isinstance(spec, str) else spec.kind
    more = {} if name.startswith("orthogonal") else dict(bias_regularizer=spec)
    m.input("x", [4])
    m.layer("dense", "a", units=5, activation="tanh", kernel_regularizer=spec, **more)
    m.layer("dense", "b", units=3, activation="relu", **({} if not more else {"activity_regularizer": spec}))
    m.classes(3)


@case("regularizer_of_activities", rows=19, batch=6, val=5)
def _(m):
    """Divided by the rows of the batch, the last one too; on layers of several kinds; in the validation loss."""
    m.input("x", [4, 4, 2])
    m.layer("conv2d", "conv", filters=3, kernel_size=2, activation="relu", activity_regularizer=O("l1", l1=0.01))
    m.layer("flatten", "flat", activity_regularizer=O("l2", l2=0.01))
    m.layer("dense", "d", units=4, activity_regularizer=O("l1_l2", l1=0.02, l2=0.01))
    m.layer("activation", "act", activation="tanh", activity_regularizer=O("l2", l2=0.05))
    m.classes(3, metrics=["accuracy"])


@case("regularizer_of_shared", rows=19)
def _(m):
    """Used twice: its kernel's penalty counts once. (Not its activities' here: of those Keras counts the last call alone on JAX, every call elsewhere.)"""
    a = m.input("a", [4])
    b = m.input("b", [4])
    x = m.layer("dense", "d", a, units=4, activation="tanh", kernel_regularizer=O("l2", l2=0.1), bias_regularizer=O("l1", l1=0.05))
    y = m.reuse("e", x, b)
    m.layer("subtract", "s", x, y)
    m.regression()


@case("regularizer_of_frozen", rows=19)
def _(m):
    """A frozen layer's kernel has no penalty; its activities have."""
    m.input("x", [4])
    m.layer("dense", "a", trainable=False, units=5, activation="tanh", kernel_regularizer=O("l2", l2=0.3), activity_regularizer=O("l1", l1=0.05))
    m.layer("dense", "b", units=4, activation="tanh", kernel_regularizer=O("l2", l2=0.1))
    m.classes(3)


CONSTRAINTS = {
    "max_norm_name": "max_norm",
    "max_norm": O("max_norm", max_value=0.8),
    "max_norm_axis1": O("max_norm", max_value=0.8, axis=1),
    "min_max_norm_name": "min_max_norm",
    "min_max_norm": O("min_max_norm", min_value=0.9, max_value=1.1),
    "min_max_norm_rate": O("min_max_norm", min_value=0.9, max_value=1.1, rate=0.4, axis=1),
    "non_neg": "non_neg",
    "unit_norm": "unit_norm",
    "unit_norm_axis1": O("unit_norm", axis=1),
    "unit_norm_axes": O("unit_norm", axis=[0, 1]),
}


@each("constraint", {k: dict(spec=v) for k, v in CONSTRAINTS.items()}, rows=19)
def _(m, spec):
    m.input("x", [4])
    m.layer("dense", "a", units=5, activation="tanh", kernel_constraint=spec)
    m.classes(3, optimizer=O("sgd", learning_rate=0.4, momentum=0.9))


# Freezing.


@case("trainable_false", rows=19)
def _(m):
    m.input("x", [4, 4, 2])
    m.layer("conv2d", "a", trainable=False, filters=3, kernel_size=2, activation="relu")
    m.layer("conv2d", "b", filters=3, kernel_size=2, activation="relu")
    m.layer("flatten", "flat")
    m.classes(3, optimizer=O("adam", learning_rate=0.02, global_clipnorm=0.5))


@case("trainable_of_train", rows=19)
def _(m):
    """Frozen by the train block: batch normalization among them, which then uses its moving statistics."""
    m.input("x", [4])
    m.layer("dense", "a", units=5, use_bias=False)
    m.layer("batch_normalization", "bn")
    m.layer("activation", "act", activation="relu")
    m.layer("dense", "b", units=4, activation="tanh")
    m.classes(3, optimizer=O("sgd", learning_rate=0.2, weight_decay=0.1), freeze=["a", "bn"])


# Callbacks, by what they do to the numbers.


@case("callback_learning_rate_scheduler", rows=21, epochs=4)
def _(m):
    two_layers(m, O("sgd", learning_rate=0.3), callbacks=[O("learning_rate_scheduler", schedule=Raw("0.3 * pow(0.5, epoch)", lambda epoch: 0.3 * 0.5**epoch))])


@case("callback_reduce_lr_on_plateau", rows=21, val=8, epochs=9)
def _(m):
    """Too large a rate, so that the loss does go up."""
    two_layers(m, O("sgd", learning_rate=2.5), callbacks=[O("reduce_lr_on_plateau", factor=0.4, patience=1, cooldown=1, min_lr=0.1)])


@case("callback_reduce_lr_on_plateau_mode", rows=21, epochs=8)
def _(m):
    two_layers(m, O("adam", learning_rate=0.1), metrics=["accuracy"], callbacks=[O("reduce_lr_on_plateau", monitor="accuracy", factor=0.5, patience=2, min_delta=0.05)])


@case("callback_early_stopping", rows=21, val=8, epochs=12)
def _(m):
    two_layers(m, O("sgd", learning_rate=2.0), callbacks=[O("early_stopping", patience=2)])


@case("callback_early_stopping_restore", rows=21, val=8, test=6, epochs=12)
def _(m):
    """The weights of the best epoch are the final ones, and those of the test metrics."""
    two_layers(m, O("sgd", learning_rate=2.0), metrics=["accuracy"], callbacks=[O("early_stopping", monitor="val_loss", patience=3, restore_best_weights=True, min_delta=0.01)])


@case("callback_early_stopping_full_run", rows=21, val=8, epochs=4)
def _(m):
    """Never stopped, restored nevertheless."""
    two_layers(m, O("sgd", learning_rate=1.5), callbacks=[O("early_stopping", patience=10, restore_best_weights=True, start_from_epoch=1)])


@case("callback_early_stopping_baseline", rows=21, val=8, epochs=8)
def _(m):
    two_layers(m, O("sgd", learning_rate=0.05), callbacks=[O("early_stopping", patience=3, baseline=0.2)])


# The data file.


@case("data_compressed", rows=21)
def _(m):
    """A deflated npz, float64 features and int64 labels."""
    m.compressed = True
    m.input("x", [4], data=m.normal(4).astype(np.float64))
    m.layer("dense", "a", units=5, activation="relu")
    m.layer("dense", "head", units=3, activation="softmax")
    m.target("y", m.ints(3).astype(np.int64))
    m.fit(loss="sparse_categorical_crossentropy")


@case("data_columns", rows=21)
def _(m):
    """A feature of scalar columns, and features and targets under other names."""
    x = m.input("x", [3], columns=["width", "height", "depth"])
    z = m.input("z", [2], columns="pair")
    m.layer("concatenate", "j", x, z)
    m.layer("dense", "a", units=5, activation="relu")
    m.layer("dense", "head", units=3, activation="softmax")
    m.target("y", m.ints(3), column="label")
    m.fit(loss="sparse_categorical_crossentropy")


# The loop.


@case("loop_steps_per_epoch", rows=37, epochs=4)
def _(m):
    """Five batches in epochs of at most two: an epoch goes on where the one before stopped, and ends with the data."""
    two_layers(m, O("sgd", learning_rate=0.2), steps_per_epoch=2, metrics=["accuracy"])


@case("loop_validation_freq", rows=21, val=6, epochs=5)
def _(m):
    two_layers(m, O("sgd", learning_rate=0.2), validation_freq=2)


# Moving averages of accumulated gradients, scaled losses, several optimizers.

AVERAGES = {
    "sgd": O("sgd", learning_rate=0.1, momentum=0.9, use_ema=True, ema_momentum=0.7),
    "adam": O("adam", learning_rate=0.02, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=2),
    "clipped": O("adamw", learning_rate=0.02, weight_decay=0.1, clipnorm=0.2, epsilon=0.001, use_ema=True, ema_momentum=0.9),
}


@each("gradient_accumulation_ema", {k: dict(optimizer=v) for k, v in AVERAGES.items()}, rows=37, epochs=3)
def _(m, optimizer):
    """The average moves with every batch, those without an update too."""
    two_layers(m, optimizer, first=dict(kernel_constraint=O("max_norm", max_value=1.5)), gradient_accumulation_steps=2)


SCALES = {
    "default": dict(inner_optimizer=O("adam", learning_rate=0.02)),
    "growth": dict(inner_optimizer=O("sgd", learning_rate=1e-5, momentum=0.9), initial_scale=4.0, dynamic_growth_steps=2),
    "overflow": dict(
        inner_optimizer=O("adam", learning_rate=O("exponential_decay", initial_learning_rate=0.05, decay_steps=3, decay_rate=0.5), use_ema=True, ema_momentum=0.5),
        initial_scale=2.0**120,
        dynamic_growth_steps=3,
    ),
}


@each("loss_scale", {k: dict(args=v) for k, v in SCALES.items()}, rows=37, epochs=3)
def _(m, args):
    """Steps whose gradients overflow change nothing and do not count; batch normalization's statistics move on."""
    m.input("x", [4])
    m.layer("dense", "a", units=5, activation="tanh", kernel_constraint=O("max_norm", max_value=1.5))
    m.layer("batch_normalization", "bn")
    m.layer("rescaling", "wide", scale=100.0)
    m.regression(optimizer=O("loss_scale_optimizer", **args))


@case("loss_scale_accumulation", rows=37, epochs=3)
def _(m):
    m.input("x", [4])
    m.layer("rescaling", "wide", scale=100.0)
    m.regression(optimizer=O("loss_scale_optimizer", inner_optimizer=O("adam", learning_rate=0.02), initial_scale=2.0**112), gradient_accumulation_steps=2)


OPTIMIZERS_BY_PATH = {
    "two": Several({"head/**": O("adam", learning_rate=0.05), "": O("sgd", learning_rate=0.1, momentum=0.9)}),
    "three": Several({
        "*/bias": O("rmsprop", learning_rate=0.01),
        "e/**": O("sgd", learning_rate=0.3, weight_decay=0.1),
        "": O("adam", learning_rate=0.02, clipnorm=0.1, use_ema=True, ema_momentum=0.6),
    }),
    "clipped": Several({"a/**": O("sgd", learning_rate=0.3, global_clipnorm=0.05), "": O("sgd", learning_rate=0.3, global_clipnorm=0.1)}),
    "schedules": Several({
        "a/**": O("sgd", learning_rate=O("exponential_decay", initial_learning_rate=0.3, decay_steps=4, decay_rate=0.5)),
        "": O("sgd", learning_rate=0.1),
    }),
    "multipliers": Several(
        {"a/**": O("adam", learning_rate=0.002, weight_decay=0.1), "*/bias": O("adam", learning_rate=0.04, weight_decay=0.1), "": O("adam", learning_rate=0.02, weight_decay=0.1)},
        learning_rate_multipliers=[{"path": "a/**", "multiplier": 0.1}, {"path": "*/bias", "multiplier": 2}],
    ),
}
# a/bias is of two patterns, of which the first counts here; Keras refuses it.
OPTIMIZERS_BY_PATH["multipliers"].optimizers["head/bias"] = OPTIMIZERS_BY_PATH["multipliers"].optimizers.pop("*/bias")


@each("optimizers_by_path", {k: dict(optimizer=v) for k, v in OPTIMIZERS_BY_PATH.items()}, rows=27)
def _(m, optimizer):
    two_layers(m, optimizer)


@case("optimizers_by_path_accumulation", rows=37, epochs=2)
def _(m):
    two_layers(m, Several({"head/**": O("adam", learning_rate=0.05), "": O("sgd", learning_rate=0.1, momentum=0.9)}), gradient_accumulation_steps=3)


@each("swap_ema_weights", {"plain": dict(), "on_epoch": dict(swap_on_epoch=True)}, rows=21, val=7, epochs=3)
def _(m, **args):
    """Validation sees the averages, training does not."""
    m.input("x", [4])
    m.layer("dense", "a", units=5, activation="tanh")
    m.layer("batch_normalization", "bn")
    m.classes(3, optimizer=O("sgd", learning_rate=0.2, use_ema=True, ema_momentum=0.6), metrics=["accuracy"], callbacks=[O("swap_ema_weights", **args)])
