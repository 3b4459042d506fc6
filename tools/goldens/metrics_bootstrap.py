"""Writes packages/metrics/test/goldens/bootstrap.json: scikit-learn's metrics of resampled rows.

    python tools/goldens/metrics_bootstrap.py

Needs numpy, scipy and scikit-learn; the versions are recorded in the file. The draws are made by the Python xoshiro128** of
metrics.py and written down as counts, so that the file says on which rows scikit-learn was asked.
"""

import numpy as np
from metrics import Xoshiro128StarStar, write
from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score, roc_auc_score, top_k_accuracy_score


def scores_of(scores, labels):
    """Every number of one resample, from its rows written out; NaN where scikit-learn has no value."""
    classes = np.arange(scores.shape[1])
    predictions = scores.argmax(axis=1)
    one_hot = (labels[:, None] == classes).astype(int)
    present = one_hot.any(axis=0)
    auc = [roc_auc_score(one_hot[:, c], scores[:, c]) if 0 < one_hot[:, c].sum() < len(labels) else np.nan for c in classes]
    # scikit-learn answers 0, with a warning, for the average precision of a class without items: no value for us.
    precision = [average_precision_score(one_hot[:, c], scores[:, c]) if present[c] else np.nan for c in classes]
    hits = (predictions == labels)[:, None] & (one_hot == 1)
    recall = [hits[:, c].sum() / one_hot[:, c].sum() if present[c] else np.nan for c in classes]
    return {
        "topK": [top_k_accuracy_score(labels, scores, k=k, labels=classes) for k in (1, 2, 3)],
        "f1Weighted": f1_score(labels, predictions, labels=classes, average="weighted", zero_division=0),
        "f1Macro": f1_score(labels, predictions, labels=classes, average="macro", zero_division=0),
        "balancedAccuracy": balanced_accuracy_score(labels, predictions),
        "majorityBaseline": np.bincount(labels).max() / len(labels),
        "rocAucMacro": np.mean(auc),
        "averagePrecisionMacro": np.mean(precision),
        "rocAucMacroSkip": np.nanmean(auc),
        "averagePrecisionMacroSkip": np.nanmean(precision),
        "perClass": {
            "recall": recall,
            "f1": f1_score(labels, predictions, labels=classes, average=None, zero_division=0),
            "rocAuc": auc,
            "averagePrecision": precision,
        },
    }


def case(name, scores, labels, clusters, draws, seed):
    stream = Xoshiro128StarStar(seed)
    units = np.unique(clusters)
    rows_of = [np.flatnonzero(clusters == unit) for unit in units]
    counts, expected = [], []
    for _ in range(draws):
        drawn = [stream.below(len(units)) for _ in units]
        rows = np.concatenate([rows_of[unit] for unit in drawn])
        counts.append(np.bincount(rows, minlength=len(labels)))
        expected.append(scores_of(scores[rows], labels[rows]))
    return {
        "name": name,
        "scores": scores,
        "labels": labels,
        "clusters": clusters,
        "draws": draws,
        "seed": seed,
        "estimate": scores_of(scores, labels),
        "counts": counts,
        "expected": expected,
    }


if __name__ == "__main__":
    rng = np.random.default_rng(5)
    n, classes = 60, 5
    labels = np.concatenate([np.arange(classes), rng.choice(classes, n - classes, p=[0.45, 0.3, 0.2, 0.04, 0.01])])
    scores = rng.normal(size=(n, classes))
    scores[np.arange(n), labels] += 1
    alone = np.arange(n)
    write(
        "bootstrap",
        {
            "cases": [
                case("items", scores, labels, alone, 40, 3),
                case("ties: scores in steps of one half", np.round(scores * 2) / 2, labels, alone, 40, 4),
                case("clusters of different size", scores, labels, rng.integers(0, 12, n) * 3, 40, 7),
            ]
        },
    )
