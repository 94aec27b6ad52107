"""reviews_bag.hcl and reviews_lstm.hcl in Keras, on the same rows: python reviews.py bag|lstm DATA.csv SEED..."""

import csv
import json
import os
import sys
import time

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import tensorflow as tf
from keras import layers

import rows

csv.field_size_limit(10**9)


def bag(text):
    encode = layers.TextVectorization(max_tokens=20000, ngrams=2, output_mode="multi_hot")
    encode.adapt(text)
    model = keras.Sequential(
        [
            layers.Input((20000,)),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    return encode, model, dict(optimizer="rmsprop"), 10, 3


def lstm(text):
    encode = layers.TextVectorization(max_tokens=20000, output_sequence_length=200)
    encode.adapt(text)
    model = keras.Sequential(
        [
            layers.Input((200,), dtype="int32"),
            layers.Embedding(20000, 128, mask_zero=True),
            layers.Bidirectional(layers.LSTM(64)),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    return encode, model, dict(optimizer="adam"), 3, 2


def main(which, path, seeds):
    with open(path, encoding="utf-8", newline="") as f:
        table = list(csv.DictReader(f))
    text = np.array([r["text"] for r in table], object)
    label = np.array([int(r["label"]) for r in table], np.float32)[:, None]
    for seed in seeds:
        start = time.time()
        keras.utils.set_random_seed(seed)
        keras.backend.clear_session()
        parts = rows.by_row(len(text), seed, 0.1, 0.1)
        encode, model, arguments, epochs, patience = {"bag": bag, "lstm": lstm}[which](tf.constant(text[parts[0]]))
        encoded = [np.concatenate([encode(tf.constant(text[p[i : i + 512]])).numpy() for i in range(0, len(p), 512)]) for p in parts]
        if which == "bag":
            # Bytes, since as float32 the bags take 2.5 GB; each batch is converted.
            encoded = [x.astype(np.uint8) for x in encoded]

        def data(i):
            d = tf.data.Dataset.from_tensor_slices((encoded[i], label[parts[i]]))
            if i == 0:
                d = d.shuffle(len(parts[0]), seed=seed)
            d = d.batch(32)
            if which == "bag":
                d = d.map(lambda x, y: (tf.cast(x, tf.float32), y))
            return d.prefetch(2)

        model.compile(loss="binary_crossentropy", metrics=["accuracy"], **arguments)
        stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=patience, restore_best_weights=True)
        history = model.fit(data(0), validation_data=data(1), epochs=epochs, verbose=0, callbacks=[stop]).history
        loss, accuracy = model.evaluate(data(2), verbose=0)
        print(
            json.dumps(
                dict(
                    seed=seed,
                    rows=[len(p) for p in parts],
                    val_accuracy=[round(v, 4) for v in history["val_accuracy"]],
                    test_accuracy=round(accuracy, 4),
                    test_loss=round(loss, 4),
                    seconds=round(time.time() - start, 1),
                )
            ),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], [int(s) for s in sys.argv[3:]])
