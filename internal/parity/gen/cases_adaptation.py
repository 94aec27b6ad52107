"""Cases of low-rank adaptation (lora_rank), and of what else layers add to the loss: activity regularizers of attention's projections and of states."""

from cases_attention import attend, sequence, together
from spec import O, Table

CASES = Table()
case, each = CASES.case, CASES.each

LORA = {
    "dense": dict(shape=[4], kind="dense", units=5, lora_rank=2, activation="tanh", kernel_regularizer=O("l2", l2=0.05)),
    "einsum": dict(shape=[3, 4], kind="einsum_dense", equation="abc,cde->abde", output_shape=[3, 2, 3], bias_axes="e", lora_rank=2, lora_alpha=5.0),
    "conv1d": dict(shape=[6, 4], kind="conv1d", filters=4, kernel_size=3, groups=2, lora_rank=2, lora_alpha=3.0),
    "conv2d": dict(shape=[4, 5, 2], kind="conv2d", filters=3, kernel_size=2, lora_rank=1, lora_alpha=0.5, activation="relu", bias_regularizer="l2"),
    "conv3d": dict(shape=[3, 3, 3, 1], kind="conv3d", filters=2, kernel_size=2, lora_rank=2),
}


@each("lora", LORA, rows=13, batch=5)
def _(m, shape, kind, **args):
    m.input("x", shape)
    m.layer(kind, "a", **args)
    if len(m.last.tensor.shape) > 2:
        m.layer("flatten", "flat")
    m.regression(optimizer=O("sgd", learning_rate=0.1, momentum=0.5, weight_decay=0.01))


@case("lora_embedding", rows=13, batch=5)
def _(m):
    m.input("t", [4], dtype="int32", data=m.ints(6, 4))
    m.layer("embedding", "e", input_dim=6, output_dim=3, lora_rank=2, embeddings_regularizer=O("l2", l2=0.02))
    m.layer("flatten", "flat")
    m.regression(optimizer=O("adam", learning_rate=0.02))


@case("attention_activity_heads", rows=13, batch=5)
def _(m):
    """Each projection has the penalty."""
    sequence(m, "x", 4, 3)
    attend(m, "multi_head_attention", "a", num_heads=2, key_dim=3, activity_regularizer=O("l2", l2=0.02), use_gate=True)
    together(m)


@case("attention_activity_groups", rows=13, batch=5)
def _(m):
    """The output of groups has it twice: of the projection and of the layer."""
    sequence(m, "x", 4, 3)
    attend(m, "group_query_attention", "a", head_dim=2, num_query_heads=4, num_key_value_heads=2, activity_regularizer=O("l2", l2=0.02))
    together(m)


@case("rnn_activity_states", rows=13, batch=5)
def _(m):
    """States that are put out have the penalty too."""
    m.input("x", [5, 3])
    m.layer("lstm", "r", units=4, return_state=True, activity_regularizer=O("l2", l2=0.05))
    y, h, c = m.last.outs
    m.layer("concatenate", "both", y, c)
    m.regression(optimizer=O("sgd", learning_rate=0.1))


BIDIRECTIONAL = {
    "sum": dict(merge_mode="sum", inner=[("gru", "r", dict(units=3, return_sequences=True, activity_regularizer=O("l2", l2=0.05)))]),
    "two": dict(merge_mode="mul", inner=[("lstm", "f", dict(units=3, activity_regularizer=O("l2", l2=0.05))), ("gru", "b", dict(units=3, go_backwards=True, activity_regularizer=O("l1", l1=0.02)))]),
}


@each("rnn_activity_bidirectional", BIDIRECTIONAL, rows=13, batch=5)
def _(m, **args):
    m.input("x", [5, 3])
    m.layer("bidirectional", "both", **args)
    if len(m.last.tensor.shape) > 2:
        m.layer("flatten", "flat")
    m.regression(optimizer=O("sgd", learning_rate=0.1))
