"""Bootstrap of the scores of many classifiers with numpy: the peer of `bootstrapClassification` and its neighbours.

    python bootstrap.py FOLDER numpy|scikit-learn

FOLDER holds what the suite wrote: shapes.json and raw arrays of scores, labels, rates, triplets and draws (how often each clip
is in each resample). A draw costs the same whichever it is, so a part of the draws is done and the seconds are for all.

numpy does what a numpy programmer would do who knows that sorting once is enough: resamples are weights, each table is
one gather and one cumulative sum of its 14 sorted columns, and everything else is vectorised over clips and classes.
scikit-learn is asked about the rows of each resample, on even fewer draws.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from weighted_scores import WeightedScores

folder, way = Path(sys.argv[1]), sys.argv[2]
shapes = json.loads((folder / "shapes.json").read_text())
tables, n, classes, all_draws = shapes["tables"], shapes["clips"], shapes["classes"], shapes["allDraws"]


def read(name, dtype, *shape):
    return np.fromfile(folder / name, dtype=dtype).reshape(shape)


scores = read("scores.f64", np.float64, tables, n, classes)
labels = read("labels.i32", np.int32, n)
rates = read("rates.f64", np.float64, -1, n)
correct = read("correct.f64", np.float64, -1, classes)
total = read("total.f64", np.float64, classes)
counts = read("counts.i32", np.int32, -1, n)
anchor_counts = read("anchor-counts.i32", np.int32, -1, classes)


def by_numpy():
    start = time.perf_counter()
    made = [WeightedScores(values, labels) for values in scores]
    prepared = time.perf_counter() - start
    draws = len(counts)
    start = time.perf_counter()
    out = np.empty((draws, tables, 11 + 4 * classes))
    rate_out = np.empty((draws, len(rates)))
    micro, macro = np.empty((draws, len(correct))), np.empty((draws, len(correct)))
    with np.errstate(invalid="ignore"):
        for draw, (w, anchors) in enumerate(zip(counts, anchor_counts)):
            support = np.bincount(labels, weights=w, minlength=classes)
            for t, table in enumerate(made):
                out[draw, t] = table.scores(w, support)
            rate_out[draw] = rates @ w / n
            micro[draw] = correct @ anchors / (total @ anchors)
            macro[draw] = (correct / total) @ anchors / classes
    for values in (out, rate_out, micro, macro):
        np.quantile(values, [0.025, 0.975], axis=0)
    seconds = time.perf_counter() - start
    return out[:, :, :11], prepared + seconds * all_draws / draws


def by_scikit_learn():
    from sklearn.metrics import (
        average_precision_score,
        balanced_accuracy_score,
        f1_score,
        roc_auc_score,
        top_k_accuracy_score,
    )

    draws = 2
    columns = np.arange(classes)
    out = np.empty((draws, 2, 11))
    start = time.perf_counter()
    for draw in range(draws):
        rows = np.repeat(np.arange(n), counts[draw])
        truth = labels[rows]
        one_hot = truth[:, None] == columns
        for t in range(2):
            values = scores[t, rows]
            predicted = values.argmax(axis=1)
            out[draw, t] = [
                *(top_k_accuracy_score(truth, values, k=k, labels=columns) for k in range(1, 6)),
                f1_score(truth, predicted, average="weighted"),
                f1_score(truth, predicted, average="macro"),
                balanced_accuracy_score(truth, predicted),
                np.bincount(truth).max() / n,
                roc_auc_score(one_hot, values, average="macro"),
                average_precision_score(one_hot, values, average="macro"),
            ]
    seconds = time.perf_counter() - start
    return out, seconds / (draws * 2) * tables * all_draws


found, seconds = by_numpy() if way == "numpy" else by_scikit_learn()
print(json.dumps({"seconds": seconds, "draws": len(found), "tables": found.shape[1], "numbers": found.ravel().tolist()}))
