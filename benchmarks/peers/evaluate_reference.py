"""The study's evaluation of stored embeddings with numpy and scikit-learn: the peer of one `irec evaluate` process.

    python evaluate_reference.py PUBLISHED_FOLDER

Reads PUBLISHED_FOLDER/model_embeddings/<model>/{audio,text}/{joint_space,pre_joint}/*.npy, the one-hot ground truth and
the published 14 x 14 distances, and prints as JSON, for every array that is there:

- audio-only: nearest class centroid (as published, and leave-one-out), top-1..5, weighted F1, macro ROC-AUC and average
  precision, balanced accuracy, majority baseline;
- triplet accuracy of every prompt set of the 14 labels, for the published rule and for LCA depth, micro and macro;
- cosines between "A {label} track" and "A no {label} track".
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    f1_score,
    roc_auc_score,
    top_k_accuracy_score,
)
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize

published = Path(sys.argv[1])
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
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return rows[0][1:], np.array([[int(cell) for cell in row[1:]] for row in rows[1:]])


def classification(scores, one_hot):
    truth = one_hot.argmax(1)
    labels = np.arange(one_hot.shape[1])
    predicted = scores.argmax(1)
    return {
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


def corrected_triplets():
    def depth(x, y):
        common = 0
        while common < min(len(x), len(y)) and x[common] == y[common]:
            common += 1
        return common

    n = len(PATHS)
    return [
        (a, p, q)
        for a in range(n)
        for p in range(n)
        for q in range(n)
        if len({a, p, q}) == 3 and depth(PATHS[a], PATHS[p]) > depth(PATHS[a], PATHS[q])
    ]


def triplet_accuracy(text, triplets):
    cosines = cosine_similarity(text)
    a, p, q = np.array(triplets).T
    right = cosines[a, p] > cosines[a, q]
    anchors = np.unique(a)
    return {
        "micro": right.mean(),
        "macro": np.mean([right[a == anchor].mean() for anchor in anchors]),
        "ties": int((cosines[a, p] == cosines[a, q]).sum()),
    }


labels, one_hot = read_ground_truth(published / "tinysol_groundtruth_reordered.csv")
rules = {
    "published-2024": published_triplets(np.load(published / "tinysol_instrument_similarity.npy")),
    "lca": corrected_triplets(),
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
            name: {rule: triplet_accuracy(text, triplets) for rule, triplets in rules.items()}
            for name, text in texts.items()
            if len(text) == len(labels)
        }
        plain, negated = normalize(texts["muscall_prompt"]), normalize(texts["negative_muscall_prompts"])
        own = (plain * negated).sum(1)
        others = cosine_similarity(plain)
        farther = [own[i] < np.delete(others[i], i).min() for i in range(len(own))]
        found["negation"] = {
            "cosine": own.mean(),
            "farther than every other label": np.mean(farther),
        }

print(json.dumps(results, default=float))
