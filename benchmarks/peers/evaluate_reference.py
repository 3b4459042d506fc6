"""The study's evaluation of stored embeddings with numpy and scikit-learn: the peer of one `irec evaluate` process.

    python evaluate_reference.py PUBLISHED_FOLDER [--brief] [--tables OUT_FOLDER]

Reads PUBLISHED_FOLDER/model_embeddings/<model>/{audio,text}/{joint_space,pre_joint}/*.npy, the one-hot ground truth and
the published 14 x 14 distances, and prints as JSON, for every array that is there, the numbers of `irec evaluate`:

- audio-only: nearest class centroid (as published, and leave-one-out), top-1..5, F1, ROC-AUC, average precision (averages
  and per class), balanced accuracy, confusion matrix, majority baseline, all with bootstrap intervals over
  instrument-pitch groups;
- triplet accuracy of every prompt set of the 14 labels, for the published rule, LCA depth, path length and Wu-Palmer:
  micro and macro with bootstrap intervals over anchors, ties, per anchor and per node where anchor and positive meet;
- "A {label} track" against "A no {label} track": how often another label is nearer, and the cosines;
- the sha256 of every input.

--tables writes what `irec evaluate` writes: the numbers as JSON, and the tables as CSV, Markdown and LaTeX, with pandas.
--brief leaves out the intervals, path length, Wu-Palmer, the per-class, per-anchor and per-node numbers and the hashes.
"""

import csv
import hashlib
import json
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    roc_auc_score,
    top_k_accuracy_score,
)
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize
from weighted_scores import WeightedScores

published = Path(sys.argv[1])
brief = "--brief" in sys.argv[2:]
tables = Path(sys.argv[sys.argv.index("--tables") + 1]) if "--tables" in sys.argv else None
if tables:
    import pandas as pd
store = published / "model_embeddings"

# The 14 TinySOL leaves as paths in the corrected tree, in the order of the ground truth's columns.
PATHS = [
    path.split("/")
    for path in [
        "wind/pipe_aerophones/brass/with_valves/tuba",
        "wind/pipe_aerophones/brass/with_valves/french_horn",
        "wind/pipe_aerophones/brass/without_valves/trombone",
        "wind/pipe_aerophones/brass/with_valves/trumpet",
        "wind/free_aerophones/free_reed/framed_reed/hand_blown/accordion",
        "stringed/bowed/contrabass",
        "stringed/bowed/violin",
        "stringed/bowed/viola",
        "stringed/bowed/violoncello",
        "wind/pipe_aerophones/reed_pipe/double_reeds/bassoon",
        "wind/pipe_aerophones/reed_pipe/single_reeds/clarinet",
        "wind/pipe_aerophones/edge/true_flutes/flute",
        "wind/pipe_aerophones/reed_pipe/double_reeds/oboe",
        "wind/pipe_aerophones/reed_pipe/single_reeds/saxophone",
    ]
]


def read_ground_truth(path):
    """Labels, memberships, and the number of each note's instrument and pitch."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    notes = [(row[0].split("-")[0], row[0].split("-")[2]) for row in rows[1:]]
    number = {note: i for i, note in enumerate(dict.fromkeys(notes))}
    members = np.array([[int(cell) for cell in row[1:]] for row in rows[1:]])
    return rows[0][1:], members, np.array([number[note] for note in notes])


def score_intervals(scores, truth, draws=1000, seed=0):
    """95 % percentile intervals of every score, notes of one instrument and pitch drawn together."""
    table = WeightedScores(scores, truth)
    classes, units = scores.shape[1], groups.max() + 1
    drawn = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), draws)
    values = np.empty((draws, 11 + 4 * classes))
    with np.errstate(invalid="ignore", divide="ignore"):
        for draw, of_groups in enumerate(drawn):
            weights = of_groups[groups]
            values[draw] = table.scores(weights, np.bincount(truth, weights=weights, minlength=classes))
    return np.nanquantile(values, [0.025, 0.975], axis=0).T.tolist()


def classification(scores, one_hot):
    truth = one_hot.argmax(1)
    labels = np.arange(one_hot.shape[1])
    predicted = scores.argmax(1)
    per_class = {} if brief else {
        "f1PerClass": f1_score(truth, predicted, average=None, labels=labels).tolist(),
        "f1Macro": f1_score(truth, predicted, average="macro"),
        "rocAucPerClass": roc_auc_score(one_hot, scores, average=None).tolist(),
        "averagePrecisionPerClass": average_precision_score(one_hot, scores, average=None).tolist(),
        "confusion": confusion_matrix(truth, predicted, labels=labels).tolist(),
        "intervals": score_intervals(scores, truth),
    }
    return {
        **per_class,
        "top": [top_k_accuracy_score(truth, scores, k=k, labels=labels) for k in range(1, 6)],
        "f1": f1_score(truth, predicted, average="weighted"),
        "rocAuc": roc_auc_score(one_hot, scores, average="macro"),
        "averagePrecision": average_precision_score(one_hot, scores, average="macro"),
        "balancedAccuracy": balanced_accuracy_score(truth, predicted),
        "majority": np.bincount(truth).max() / len(truth),
    }


def centroids_as_published(audio, one_hot):
    """Cosine to the mean of every class, the scored note included."""
    means = np.stack([audio[one_hot[:, c] == 1].mean(0) for c in range(one_hot.shape[1])])
    return cosine_similarity(audio, means)


def centroids_leave_one_out(audio, one_hot):
    """Cosine to the mean of every class without the scored note."""
    sums = one_hot.T @ audio.astype(np.float64)
    counts = one_hot.sum(0)
    scores = cosine_similarity(audio, sums / counts[:, None])
    truth = one_hot.argmax(1)
    own = (sums[truth] - audio) / (counts[truth] - 1)[:, None]
    scores[np.arange(len(audio)), truth] = (normalize(audio) * normalize(own)).sum(1)
    return scores


def published_triplets(distances):
    n = len(distances)
    return [
        (a, p, q)
        for a in range(n)
        for p in range(a + 1, n)
        for q in range(a + 1, n)
        if p != q and distances[a, p] > -1 and distances[a, p] > distances[a, q]
    ]


def common_names(x, y):
    common = 0
    while common < min(len(x), len(y)) and x[common] == y[common]:
        common += 1
    return common


# Larger is more similar; a path's root is not in the list, so its depth in nodes is one more than its length.
SIMILARITIES = {
    "lca": lambda x, y: common_names(x, y),
    "path": lambda x, y: 2 * common_names(x, y) - len(x) - len(y),
    "wu-palmer": lambda x, y: Fraction(2 * (common_names(x, y) + 1), len(x) + len(y) + 2),
}


def corrected_triplets(similarity):
    n = len(PATHS)
    similar = [[similarity(x, y) for y in PATHS] for x in PATHS]
    return [
        (a, p, q)
        for a in range(n)
        for p in range(n)
        for q in range(n)
        if len({a, p, q}) == 3 and similar[a][p] > similar[a][q]
    ]


def bootstrap_intervals(correct, total, draws=1000, seed=0):
    """95 % percentile intervals of micro and macro accuracy, anchors resampled."""
    picked = np.random.default_rng(seed).integers(0, len(correct), (draws, len(correct)))
    micro = correct[picked].sum(1) / total[picked].sum(1)
    macro = (correct / total)[picked].mean(1)
    return {"micro": np.quantile(micro, [0.025, 0.975]).tolist(), "macro": np.quantile(macro, [0.025, 0.975]).tolist()}


def triplet_accuracy(cosines, triplets):
    a, p, q = triplets.T
    right = cosines[a, p] > cosines[a, q]
    anchors, position = np.unique(a, return_inverse=True)
    correct = np.bincount(position, weights=right)
    total = np.bincount(position)
    accuracy = {
        "micro": right.mean(),
        "macro": (correct / total).mean(),
        "ties": int((cosines[a, p] == cosines[a, q]).sum()),
    }
    if brief:
        return accuracy
    nodes, node = np.unique(MEETING[a, p], return_inverse=True)
    return {
        **accuracy,
        "intervals": bootstrap_intervals(correct, total),
        "perAnchor": dict(zip(anchors.tolist(), (correct / total).tolist())),
        "perNode": dict(zip(nodes.tolist(), (np.bincount(node, weights=right) / np.bincount(node)).tolist())),
    }


# The node at which two leaves meet, by its path.
MEETING = np.array([["/".join(x[: common_names(x, y)]) for y in PATHS] for x in PATHS])


labels, one_hot, groups = read_ground_truth(published / "tinysol_groundtruth_reordered.csv")
rules = {
    "published-2024": np.array(published_triplets(np.load(published / "tinysol_instrument_similarity.npy"))),
    **{
        rule: np.array(corrected_triplets(similarity))
        for rule, similarity in SIMILARITIES.items()
        if rule == "lca" or not brief
    },
}

results = {}
for model in sorted(folder for folder in store.iterdir() if folder.is_dir()):
    for space in ["pre_joint", "joint_space"]:
        found = results.setdefault(model.name, {}).setdefault(space, {})
        audio_file = model / "audio" / space / "tinysol.npy"
        if audio_file.exists():
            audio = np.load(audio_file)
            found["audio-only"] = {
                "as published": classification(centroids_as_published(audio, one_hot), one_hot),
                "leave-one-out": classification(centroids_leave_one_out(audio, one_hot), one_hot),
            }
        texts = {file.stem: np.load(file) for file in sorted((model / "text" / space).glob("*.npy"))}
        found["triplets"] = {
            name: {rule: triplet_accuracy(cosine_similarity(text), triplets) for rule, triplets in rules.items()}
            for name, text in texts.items()
            if len(text) == len(labels)
        }
        plain, negated = normalize(texts["muscall_prompt"]), normalize(texts["negative_muscall_prompts"])
        own = (plain * negated).sum(1)
        others = cosine_similarity(plain)
        distinct = ~np.eye(len(own), dtype=bool)
        found["negation"] = {
            "cosine": own.mean(),
            "cosineOfOthers": others[distinct].mean(),
            "nearerThanOwnNegation": (others > own[:, None])[distinct].mean(),
            "nearerThanTheirNegation": (others > plain @ negated.T)[distinct].mean(),
        }

if not brief:
    inputs = [published / "tinysol_groundtruth_reordered.csv", *sorted(store.rglob("*.npy"))]
    results["sha256"] = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs}
if tables:
    models = [model for model in results if model != "sha256"]
    spaces = [(model, space, found) for model in models for space, found in results[model].items()]
    tables.mkdir(parents=True)

    def write(name, rows):
        table = pd.DataFrame(rows)
        table.to_csv(tables / f"{name}.csv", index=False)
        table.to_markdown(tables / f"{name}.md", index=False, floatfmt=".4f")
        table.to_latex(tables / f"{name}.tex", index=False, float_format="%.4f")

    def audio_scores(scores):
        top = {f"top-{k + 1}": value for k, value in enumerate(scores["top"])}
        rest = {"F1": scores["f1"], "ROC-AUC": scores["rocAuc"], "PR-AUC": scores["averagePrecision"]}
        return {**top, **rest, "balanced": scores["balancedAccuracy"]}

    write("audio-only", [
        {"model": model, "space": space, "rule": rule, **audio_scores(scores)}
        for model, space, found in spaces
        for rule, scores in found.get("audio-only", {}).items()
    ])
    triplet_rows = [
        ({"model": model, "prompt": prompt, "space": space, "rule": rule}, accuracy)
        for model, space, found in spaces
        for prompt, of_rules in found["triplets"].items()
        for rule, accuracy in of_rules.items()
    ]
    write("triplets", [
        {
            **key,
            **{name: accuracy[name] for name in ["micro", "macro", "ties"]},
            **{f"{name} {end}": value for name, pair in accuracy["intervals"].items() for end, value in zip(["low", "high"], pair)},
        }
        for key, accuracy in triplet_rows
    ])
    for detail in ["perAnchor", "perNode"]:
        rows = [{**key, detail: name, "accuracy": value} for key, accuracy in triplet_rows for name, value in accuracy[detail].items()]
        pd.DataFrame(rows).to_csv(tables / f"triplets-{detail}.csv", index=False)
    write("negation", [{"model": model, "space": space, **found["negation"]} for model, space, found in spaces])
    (tables / "results.json").write_text(json.dumps(results, default=float, indent=2))

print(json.dumps(results, default=float))
