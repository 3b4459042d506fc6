"""Writes packages/cli/test/goldens/compare.json: two models on the same clips and triplets, compared by other people's tests.

    python tools/goldens/compare.py

Needs numpy, scipy, scikit-learn and statsmodels; the versions are recorded in the file. Embeddings are seeded and written
down, so that a run folder can be made of them. Sign-flip tests are exact; resamples are drawn by the Python xoshiro128** of
metrics.py.
"""

import json
from pathlib import Path

import numpy as np
import statsmodels
from metrics import VERSIONS, Xoshiro128StarStar, plain
from scipy.spatial.distance import cdist
from scipy.stats import permutation_test, rankdata
from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score, roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_effectsize

OUT = Path(__file__).resolve().parents[2] / "packages" / "cli" / "test" / "goldens"
FAMILIES = {"strings": ["violin", "viola", "cello"], "winds": ["flute", "oboe"]}
LABELS = [label for family in FAMILIES.values() for label in family]
PITCHES = {"violin": 3, "viola": 3, "cello": 2, "flute": 2, "oboe": 2}
DRAWS, SEED = 5000, 3


def resamples(clusters):
    """Rows of each resample, whole clusters at a time."""
    stream = Xoshiro128StarStar(SEED)
    units = np.unique(clusters)
    rows = [np.flatnonzero(clusters == unit) for unit in units]
    for _ in range(DRAWS):
        yield np.concatenate([rows[stream.below(len(units))] for _ in units])


def interval(a, b):
    """Percentile interval of the draws of a - b, and the p-value of Davison and Hinkley with the draw that was made."""
    differences = np.asarray(a) - np.asarray(b)
    low, high = np.quantile(differences, [0.025, 0.975])
    tail = min((differences <= 0).sum(), (differences >= 0).sum()) + 1
    return low, high, min(1, 2 * tail / (len(differences) + 1))


def sign_flips(a, b, clusters):
    sums = np.array([(a - b)[clusters == c].sum() for c in np.unique(clusters)], dtype=float)
    return permutation_test((sums,), np.sum, permutation_type="samples", n_resamples=np.inf).pvalue


def right_or_wrong(a, b, clusters, independent):
    """Two models' answers, 1 where right."""
    draws = [(a[rows].mean(), b[rows].mean()) for rows in resamples(clusters)]
    low, high, _ = interval(*zip(*draws))
    only_a, only_b = int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum())
    table = [[int(((a == i) & (b == j)).sum()) for j in (1, 0)] for i in (1, 0)]
    return {
        "scoreA": a.mean(),
        "scoreB": b.mean(),
        "low": low,
        "high": high,
        "discordant": {"onlyA": only_a, "onlyB": only_b},
        "test": "mcnemar" if independent else "sign-flip",
        "pValue": mcnemar(table, exact=True).pvalue if independent else sign_flips(a, b, clusters),
        "cohensH": proportion_effectsize(a.mean(), b.mean()),
    }


def auc(scores, labels):
    """Macro ROC-AUC over the classes that the rows have."""
    values = []
    for c in range(scores.shape[1]):
        own = labels == c
        if 0 < own.sum() < len(own):
            ranks = rankdata(scores[:, c])[own].sum()
            values.append((ranks - own.sum() * (own.sum() + 1) / 2) / (own.sum() * (~own).sum()))
    return np.mean(values)


def measures(full):
    recall = lambda s, y: np.mean([(s[y == c].argmax(1) == c).mean() for c in np.unique(y)])
    f1 = lambda s, y: f1_score(y, s.argmax(1), labels=range(len(LABELS)), average="weighted", zero_division=0)
    precision = lambda s, y: np.mean([average_precision_score(y == c, s[:, c]) for c in np.unique(y)])
    fast = {"balanced-accuracy": recall, "roc-auc": auc}
    return {**fast, "f1-weighted": f1, "average-precision": precision} if full else fast


def compared_scores(a, b, labels, clusters):
    """The quick measures over all draws; scikit-learn's own agree on the clips themselves."""
    one_hot = np.eye(len(LABELS))[labels]
    assert np.isclose(auc(a, labels), roc_auc_score(one_hot, a))
    assert np.isclose(measures(False)["balanced-accuracy"](a, labels), balanced_accuracy_score(labels, a.argmax(1)))
    found = []
    for name, score in measures(True).items():
        row = {"measure": name, "scoreA": score(a, labels), "scoreB": score(b, labels), "test": "bootstrap"}
        if name in measures(False):
            draws = [(score(a[rows], labels[rows]), score(b[rows], labels[rows])) for rows in resamples(clusters)]
            row["low"], row["high"], row["pValue"] = interval(*zip(*draws))
        found.append(row)
    return found


def triplets():
    """Anchor, positive and negative where the first two are of one family and the third is not."""
    family = [next(name for name, members in FAMILIES.items() if label in members) for label in LABELS]
    every = range(len(LABELS))
    return np.array(
        [
            (a, p, n)
            for a in every
            for p in every
            for n in every
            if a != p and family[a] == family[p] and family[a] != family[n]
        ]
    )


def with_holm(rows):
    """Holm's correction over the rows that have a p-value, all of one experiment."""
    adjusted = multipletests([row["pValue"] for row in rows], method="holm")[1]
    for row, p in zip(rows, adjusted):
        row["adjustedPValue"] = p
    return rows


def case(name, ids, labels, clusters, independent, audio, text):
    scores = [1 - cdist(audio[m], text[m], "cosine") for m in (0, 1)]
    hits = [(s.argmax(1) == labels).astype(int) for s in scores]
    top = {"measure": "top-1", **right_or_wrong(*hits, clusters, independent)}
    others = compared_scores(*scores, labels, clusters)
    asked = with_holm([top, *(row for row in others if "pValue" in row)])
    among = [1 - cdist(t, t, "cosine") for t in text]
    t = triplets()
    answers = [(s[t[:, 0], t[:, 1]] > s[t[:, 0], t[:, 2]]).astype(int) for s in among]
    of_triplets = with_holm([{"measure": "triplet-accuracy", **right_or_wrong(*answers, t[:, 0], False)}])
    return {
        "name": name,
        "clips": [{"id": id, "own": own} for id, own in zip(ids, labels)],
        "audio": audio,
        "text": text,
        "zeroShot": asked,
        "estimates": [row for row in others if "pValue" not in row],
        "triplets": of_triplets,
    }


if __name__ == "__main__":
    rng = np.random.default_rng(5)
    notes = [(LABELS.index(label), f"X{label}-ord-{'ABC'[p]}4-{d}-N-N") for label in LABELS for p in range(PITCHES[label]) for d in ("pp", "mf", "ff")]
    labels = np.array([own for own, _ in notes])
    groups = np.repeat(np.arange(len(labels) // 3), 3)
    centre = np.repeat(rng.normal(size=(2, 6)), [3, 2], axis=0) + rng.normal(size=(len(LABELS), 6))
    # Notes of one pitch are alike; the second model hears and reads less.
    shared = rng.normal(size=(len(labels) // 3, 6))[groups]
    audio = [centre[labels] + noise * (shared + 0.5 * rng.normal(size=(len(labels), 6))) for noise in (0.7, 1.6)]
    text = [centre + noise * rng.normal(size=centre.shape) for noise in (0.5, 1.8)]
    cases = [
        case("notes of one pitch together", [id for _, id in notes], labels, groups, False, audio, text),
        case("independent clips", [f"clip-{i}" for i in range(len(labels))], labels, np.arange(len(labels)), True, audio, text),
    ]
    VERSIONS["statsmodels"] = statsmodels.__version__
    OUT.mkdir(parents=True, exist_ok=True)
    content = {"versions": VERSIONS, "families": FAMILIES, "labels": LABELS, "draws": DRAWS, "seed": SEED, "cases": cases}
    (OUT / "compare.json").write_text(json.dumps(plain(content), separators=(",", ":"), allow_nan=False) + "\n")
