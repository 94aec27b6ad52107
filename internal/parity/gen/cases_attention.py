"""Cases of attention, of embeddings of places, of einsum_dense, and of KerasHub's transformer blocks (see hub.py).

The gradient of the bias of keys is 0 but for rounding, which Adam would blow up: the cases of attention train by SGD."""

import keras
import numpy as np

import hub
from spec import O, T, Table, build, find_class

CASES = Table()
case, each = CASES.case, CASES.each

HUB = {"transformer_encoder", "transformer_decoder", "token_and_position_embedding", "position_embedding", "rotary_embedding"}
LISTS = {"attention", "additive_attention"}  # layers whose call takes a list


def attend(m, kind, name, *inputs, call=None, **args):
    """Adds a layer that takes its inputs as arguments of the call: one input of multi_head_attention is query and value. `call` are arguments of the call
    besides, handles or plain values."""
    call = call or {}
    body = m.hcl.block("layer", kind, name)
    if inputs:
        body.attr("inputs", list(inputs))
    for k, v in {**args, **call}.items():
        body.attr(k, v)
    if kind in HUB:
        cls = hub.layer(kind)
    else:
        cls = keras.layers.GroupQueryAttention if kind == "group_query_attention" else find_class(keras.layers, kind)
    layer = cls(name=name, **{k: build(k, v) for k, v in args.items()})
    tensors = [h.tensor for h in inputs or (m.last,)]
    if kind in ("multi_head_attention", "group_query_attention") and len(tensors) == 1:
        tensors *= 2
    given = {k: v.tensor if isinstance(v, T) else v for k, v in call.items()}
    out = layer(tensors, **given) if kind in LISTS else layer(*tensors, **given)
    m.last = T(out, f"layer.{name}", layer)
    return m.last


def sequence(m, name, time, features):
    return m.input(name, [time, features])


def words(m, name, time, dim=6, vocabulary=7, least=1):
    """Integers of which some at the end are 0, embedded with a mask."""
    data = m.ints(vocabulary, time, low=1)
    ends = m.rng.integers(least, time + 1, m.total())
    data[np.arange(time)[None, :] >= ends[:, None]] = 0
    x = m.input(name, [time], dtype="int32", data=data)
    return m.layer("embedding", f"embed_{name}", x, input_dim=vocabulary, output_dim=dim, mask_zero=True)


def together(m):
    """A head that sees all steps at once."""
    m.layer("flatten", "flat")
    m.regression(optimizer=O("sgd", learning_rate=0.02))


def steps(m, units=3, rate=0.1):
    """A head that sees each step, so that every output counts."""
    m.layer("dense", "head", units=units)
    m.target("y", m.normal(*m.last.tensor.shape[1:]))
    m.fit(loss="mean_squared_error", optimizer=O("sgd", learning_rate=rate, momentum=0.5))


HEADS = {
    "self": dict(shapes=[(5, 6)], num_heads=2, key_dim=3),
    "causal": dict(shapes=[(9, 4)], num_heads=2, key_dim=2, call=dict(use_causal_mask=True)),
    "causal_long": dict(shapes=[(70, 4)], num_heads=2, key_dim=5, call=dict(use_causal_mask=True)),
    "no_bias": dict(shapes=[(5, 6)], num_heads=3, key_dim=2, use_bias=False),
    "cross": dict(shapes=[(5, 6), (7, 4)], num_heads=2, key_dim=3, call=dict(use_causal_mask=True)),
    "three": dict(shapes=[(5, 6), (7, 4), (7, 3)], num_heads=2, key_dim=3),
    "output_shape": dict(shapes=[(5, 6)], num_heads=2, key_dim=3, output_shape=[4]),
    "output_axes": dict(shapes=[(5, 6)], num_heads=2, key_dim=3, output_shape=[2, 4]),
    "window": dict(shapes=[(8, 3)], num_heads=1, key_dim=3, sliding_window=3),
    "window_causal": dict(shapes=[(40, 3)], num_heads=1, key_dim=3, sliding_window=2, call=dict(use_causal_mask=True)),
    "gate": dict(shapes=[(5, 6)], num_heads=2, key_dim=3, use_gate=True),
    "two_axes": dict(shapes=[(3, 4, 5)], num_heads=2, key_dim=3, value_dim=4, use_gate=True),  # with fewer axes Keras on JAX cannot do this value_dim
    "first_axis": dict(shapes=[(3, 4, 5)], num_heads=2, key_dim=3, attention_axes=[1]),
    "second_axis": dict(shapes=[(3, 4, 5), (3, 6, 5)], num_heads=2, key_dim=3, attention_axes=[2]),
    "regularized": dict(
        shapes=[(5, 6)], num_heads=2, key_dim=3, kernel_regularizer=O("l2", l2=0.02), bias_regularizer=O("l1", l1=0.01), kernel_constraint=O("max_norm", max_value=0.8, axis=[0, 1])
    ),
}


@each("attention_heads", HEADS, rows=13, batch=5)
def _(m, shapes, call=None, **args):
    inputs = [m.input(f"x{i}", s) for i, s in enumerate(shapes)]
    attend(m, "multi_head_attention", "mha", *(inputs if len(inputs) > 1 else ()), call=call, **args)
    steps(m)


GROUPS = {
    "two": dict(head_dim=3, num_query_heads=4, num_key_value_heads=2),
    "one_causal": dict(head_dim=3, num_query_heads=3, num_key_value_heads=1, use_bias=False, call=dict(use_causal_mask=True)),
    "each_gate": dict(head_dim=2, num_query_heads=2, num_key_value_heads=2, use_gate=True, sliding_window=2),
}


@each("attention_groups", GROUPS, rows=13, batch=5)
def _(m, call=None, **args):
    sequence(m, "x", 6, 5)
    attend(m, "group_query_attention", "gqa", call=call, **args)
    steps(m)


MASKED = {
    "self": dict(),
    "causal": dict(call=dict(use_causal_mask=True)),
    "window": dict(sliding_window=2),
}


@each("attention_masked", MASKED, rows=17, batch=6)
def _(m, call=None, **args):
    """The mask hides padding as keys and as queries; nothing after it knows of masks, so what hidden queries get counts too."""
    words(m, "x", 7)
    attend(m, "multi_head_attention", "mha", num_heads=2, key_dim=3, call=call, **args)
    together(m)


@case("attention_masked_cross", rows=17, batch=6)
def _(m):
    q, v = words(m, "q", 5), words(m, "v", 7)
    attend(m, "multi_head_attention", "mha", q, v, num_heads=2, key_dim=3)
    together(m)


@case("attention_masked_groups", rows=17, batch=6)
def _(m):
    words(m, "x", 7)
    attend(m, "group_query_attention", "gqa", head_dim=3, num_query_heads=2, num_key_value_heads=1, call=dict(use_causal_mask=True))
    together(m)


@case("attention_masked_loss", rows=17, batch=6)
def _(m):
    """The query's mask goes on to the loss."""
    words(m, "x", 7)
    attend(m, "multi_head_attention", "mha", num_heads=2, key_dim=3)
    steps(m)


@case("attention_mask_argument", rows=13, batch=5)
def _(m):
    """A mask of pairs as an input; some queries may attend to nothing."""
    x = sequence(m, "x", 5, 4)
    mask = m.input("mask", [5, 6], data=(m.uniform(5, 6) < 0.4).astype(np.float32))
    v = sequence(m, "v", 6, 4)
    attend(m, "multi_head_attention", "mha", x, v, num_heads=2, key_dim=3, call=dict(attention_mask=mask))
    steps(m)


@case("attention_mask_argument_by_head", rows=13, batch=5)
def _(m):
    x = sequence(m, "x", 5, 4)
    mask = m.input("mask", [2, 1, 5], dtype="int32", data=m.ints(2, 2, 1, 5))
    attend(m, "multi_head_attention", "mha", x, num_heads=2, key_dim=3, call=dict(attention_mask=mask, use_causal_mask=True))
    steps(m)


DOTS = {
    "dot": ("attention", dict()),
    "scale_causal": ("attention", dict(use_scale=True, call=dict(use_causal_mask=True))),
    "concat": ("attention", dict(score_mode="concat")),
    "concat_scale": ("attention", dict(score_mode="concat", use_scale=True)),
    "additive": ("additive_attention", dict()),
    "additive_plain_causal": ("additive_attention", dict(use_scale=False, call=dict(use_causal_mask=True))),
}


def dots(m, kind, args, masked):
    args = dict(args)
    call = args.pop("call", None)
    if masked:
        q, v = words(m, "q", 5, least=2), words(m, "v", 6, least=2)
        attend(m, kind, "a", q, v, call=call, **args)
    else:
        q, v, k = sequence(m, "q", 5, 4), sequence(m, "v", 6, 3), sequence(m, "k", 6, 4)
        m.last = q
        q = m.layer("dense", "dq", q, units=4)
        v = m.layer("dense", "dv", v, units=3)
        k = m.layer("dense", "dk", k, units=4)
        attend(m, kind, "a", q, v, k, call=call, **args)
    steps(m)


for NAME, (KIND, ARGS) in DOTS.items():
    for MASK in (False, True):
        CASES[f"attention_dot_{NAME}{'_masked' if MASK else ''}"] = (lambda m, k=KIND, a=ARGS, x=MASK: dots(m, k, a, x), dict(rows=13, batch=5))

EINSUMS = {
    "matrix": dict(shape=[5], equation="ab,bc->ac", output_shape=[3], bias_axes="c", activation="relu"),
    "heads": dict(shape=[4, 5], equation="abc,cde->abde", output_shape=[4, 2, 3], bias_axes="de"),
    "bias_last": dict(shape=[4, 5], equation="abc,cde->abde", output_shape=[4, 2, 3], bias_axes="e"),
    "bias_apart": dict(shape=[4, 5], equation="abc,cde->abde", output_shape=[4, 2, 3], bias_axes="be"),
    "join": dict(shape=[4, 2, 5], equation="abcd,cde->abe", output_shape=[4, 3], bias_axes="e"),
    "crossed": dict(shape=[4, 2, 5], equation="abcd,dce->abe", output_shape=[4, 3]),
    "first_axis": dict(shape=[4, 5], equation="abc,bd->adc", output_shape=[3, 5], bias_axes="d"),
    "summed": dict(shape=[4, 5], equation="abc,cd->ad", output_shape=[3]),
    "dots_left": dict(shape=[2, 3, 5], equation="...x,xy->...y", output_shape=[4], bias_axes="y"),
    "dots_right": dict(shape=[5, 2, 3], equation="ab...,bc->ac...", output_shape=[4], bias_axes="c"),
}


@each("einsum_dense", EINSUMS, rows=13, batch=5)
def _(m, shape, **args):
    m.input("x", shape)
    m.layer("einsum_dense", "e", **args)
    m.layer("flatten", "flat")
    m.regression(optimizer=O("adam", learning_rate=0.02))


@case("einsum_dense_null", rows=13, batch=5)
def _(m):
    """Keras leaves open in its shapes what null stands for, so nothing here may ask for it."""
    m.input("x", [4, 5])
    m.layer("einsum_dense", "e", equation="abc,cd->abd", output_shape=[None, 6], bias_axes="d")
    m.layer("dense", "head", units=3)
    m.target("y", m.normal(4, 3))
    m.fit(loss="mean_squared_error")


@case("reversible_embedding_tied", rows=13, batch=5)
def _(m):
    m.input("x", [4], dtype="int32", data=m.ints(7, 4))
    table = m.layer("reversible_embedding", "table", input_dim=7, output_dim=5, logit_soft_cap=2.0)
    m.layer("dense", "mix", units=5, activation="tanh")
    body = m.hcl.block("layer", "shared", "scores")
    body.attr("reuse", T(None, table.ref))
    m.last = T(table.layer(m.last.tensor, reverse=True), "layer.scores", table.layer)
    m.target("y", m.ints(7, 4))
    m.fit(loss=O("sparse_categorical_crossentropy", from_logits=True), optimizer=O("adam", learning_rate=0.02))


# KerasHub.

ROTARY = {
    "default": dict(shape=[9, 6]),
    "heads": dict(shape=[9, 2, 4], max_wavelength=100, scaling_factor=2.0),
    "dynamic": dict(shape=[9, 6], rope_type="dynamic", scaling_factor=1.5, denominator_dim=8),
    "yarn": dict(shape=[9, 12], rope_type="yarn", scaling_factor=4.0, beta_fast=8.0, beta_slow=2.0, original_max_position_embeddings=64),
    "yarn_not_truncated": dict(shape=[9, 12], rope_type="yarn", scaling_factor=4.0, original_max_position_embeddings=512, truncate=False),
    "axes": dict(shape=[6, 9], sequence_axis=2, feature_axis=1),
}


@each("hub_rotary", ROTARY, rows=11, batch=4)
def _(m, shape, **args):
    m.input("x", shape)
    m.layer("dense", "mix", units=shape[-1])
    attend(m, "rotary_embedding", "turn", **args)
    together(m)


@case("hub_positions", rows=11, batch=4)
def _(m):
    m.input("x", [4], dtype="int32", data=m.ints(7, 4))
    tokens = m.layer("embedding", "tokens", input_dim=7, output_dim=5)
    places = attend(m, "position_embedding", "places", sequence_length=6, call=dict(start_index=1))
    m.layer("add", "sum", tokens, places)
    steps(m)


BLOCKS = {
    "encoder": ("transformer_encoder", dict(intermediate_dim=9, num_heads=2)),
    "encoder_first": ("transformer_encoder", dict(intermediate_dim=9, num_heads=3, normalize_first=True, activation="gelu", layer_norm_epsilon=0.01)),
    "decoder": ("transformer_decoder", dict(intermediate_dim=9, num_heads=2)),
    "decoder_first": ("transformer_decoder", dict(intermediate_dim=9, num_heads=3, normalize_first=True, call=dict(use_causal_mask=False))),
}


def blocks(m, kind, args, masked, crossed):
    args = dict(args)
    call = dict(args.pop("call", {}))
    if masked:
        inputs = [words(m, "x", 7)]
        if crossed:
            inputs.append(words(m, "e", 5, dim=4))
    else:
        inputs = [sequence(m, "x", 7, 6)]
        if crossed:
            inputs.append(sequence(m, "e", 5, 4))
    attend(m, kind, "block", *inputs, call=call, **args)
    if masked:
        together(m)
    else:
        steps(m, rate=0.03)


for NAME, (KIND, ARGS) in BLOCKS.items():
    for MASK in (False, True):
        for CROSS in (False, True) if "decoder" in KIND else (False,):
            CASES[f"hub_{NAME}{'_cross' if CROSS else ''}{'_masked' if MASK else ''}"] = (
                lambda m, k=KIND, a=ARGS, x=MASK, c=CROSS: blocks(m, k, a, x, c),
                dict(rows=17, batch=6),
            )


@case("hub_encoder_arguments", rows=13, batch=5)
def _(m):
    x = words(m, "x", 5)
    steps_mask = m.input("steps", [5], dtype="int32", data=m.ints(2, 5))
    pairs = m.input("pairs", [5, 5], dtype="int32", data=m.ints(2, 5, 5))
    attend(m, "transformer_encoder", "block", x, intermediate_dim=7, num_heads=2, call=dict(padding_mask=steps_mask, attention_mask=pairs))
    together(m)


@case("hub_decoder_arguments", rows=13, batch=5)
def _(m):
    x, e = words(m, "x", 5), words(m, "e", 4)
    given = {}
    for name, shape in (("decoder_padding_mask", [5]), ("decoder_attention_mask", [5, 5]), ("encoder_padding_mask", [4]), ("encoder_attention_mask", [5, 4])):
        given[name] = m.input(name, shape, dtype="int32", data=m.ints(2, *shape))
    attend(m, "transformer_decoder", "block", x, e, intermediate_dim=7, num_heads=2, call=given)
    together(m)


@case("hub_gpt", rows=13, batch=5)
def _(m):
    """A small decoder-only transformer over integers."""
    m.input("x", [12], dtype="int32", data=m.ints(9, 12))
    attend(m, "token_and_position_embedding", "embed", vocabulary_size=9, sequence_length=12, embedding_dim=8)
    for i in range(2):
        start = m.last
        m.layer("layer_normalization", f"norm_a{i}")
        attend(m, "multi_head_attention", f"mha{i}", num_heads=2, key_dim=4, call=dict(use_causal_mask=True))
        middle = m.layer("add", f"sum_a{i}", start, m.last)
        m.layer("layer_normalization", f"norm_b{i}")
        m.layer("dense", f"expand{i}", units=16, activation="gelu")
        m.layer("dense", f"contract{i}", units=8)
        m.layer("add", f"sum_b{i}", middle, m.last)
    m.layer("layer_normalization", "norm")
    m.layer("dense", "next", units=9)
    m.target("y", m.ints(9, 12))
    m.fit(loss=O("sparse_categorical_crossentropy", from_logits=True), optimizer=O("sgd", learning_rate=0.1, momentum=0.9, global_clipnorm=1.0))
