"""Writes packages/cli/test/goldens/analysis.json: what the experiments say of two small make-believe models.

    python tools/goldens/analysis_experiments.py

Needs numpy, scipy and scikit-learn; the versions are recorded in the file. The embeddings are sines, which the test makes too.
"""

import json
from itertools import combinations, takewhile
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.spatial.distance import pdist
from scipy.stats import kendalltau, rankdata, skew
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import NearestNeighbors

PATHS = {
    "violin": "stringed/bowed/violin",
    "viola": "stringed/bowed/viola",
    "flute": "wind/pipe_aerophones/edge/true_flutes/flute",
    "oboe": "wind/pipe_aerophones/reed_pipe/double_reeds/oboe",
    "trumpet": "wind/pipe_aerophones/brass/with_valves/trumpet",
    "accordion": "wind/free_aerophones/free_reed/framed_reed/hand_blown/accordion",
}
LABELS = list(PATHS)
PROMPT_SETS = ["muscall_prompt", "second", "third"]
C, N, D = len(LABELS), 36, 8
classes = np.arange(N) * 5 % C


def wave(seed, rows, columns):
    i, k = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return np.sin(seed + 3.1 * i + 1.7 * k * k + 0.9 * i * k)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def concordance(values):
    """Kendall's W with ties, rankings in rows."""
    m, n = values.shape
    ranks = np.apply_along_axis(rankdata, 1, values)
    ties = sum((np.unique(row, return_counts=True)[1] ** 3 - np.unique(row, return_counts=True)[1]).sum() for row in ranks)
    s = ((ranks.sum(0) - ranks.sum(0).mean()) ** 2).sum()
    return 12 * s / (m**2 * (n**3 - n) - m * ties)


def shares(table):
    """Sums of squares of a full table over that of all, main effects first."""
    axes = range(table.ndim)
    sets = [s for size in range(1, table.ndim + 1) for s in combinations(axes, size)]
    centred = table - table.mean()
    effects = {}
    for s in sets:
        effect = centred.mean(axis=tuple(a for a in axes if a not in s), keepdims=True)
        effects[s] = effect - sum(part for t, part in effects.items() if set(t) < set(s))
    return [float((np.broadcast_to(effects[s], table.shape) ** 2).sum() / (centred**2).sum()) for s in sets]


def sensitivity(recalls):
    """Recalls of [models, prompts, labels]."""
    balanced = recalls.mean(2)
    rankings = recalls.reshape(-1, C)
    pairs = [(a, b) for a in range(len(rankings)) for b in range(a + 1, len(rankings))]
    of_prompts = balanced.mean(0)
    return {
        "order": [PROMPT_SETS[p] for p in np.argsort(-of_prompts, kind="stable")],
        "range": of_prompts.max() - of_prompts.min(),
        "sd": of_prompts.std(ddof=1),
        "labelAgreement": concordance(rankings),
        "labelTau": np.mean([kendalltau(rankings[a], rankings[b]).statistic for a, b in pairs]),
        "promptAgreement": concordance(balanced) if len(balanced) > 1 else None,
        "variance": shares(recalls if len(recalls) > 1 else recalls[0]),
        "best": [PROMPT_SETS[p] for p in recalls.mean(0).argmax(0)],
        "worst": [PROMPT_SETS[p] for p in recalls.mean(0).argmin(0)],
    }


def space(x, neighbours):
    u = unit(x)
    cosines = (u @ u.T)[np.triu_indices(len(u), 1)]
    s = np.linalg.svd(x - x.mean(0), compute_uv=False)
    s = s[s > 1e-12 * s[0]]
    p = s / s.sum()
    nearest = NearestNeighbors(n_neighbors=neighbours, metric="cosine").fit(x).kneighbors(return_distance=False)
    occurrences = np.bincount(nearest.ravel(), minlength=len(x))
    return {
        "anisotropy": cosines.mean(),
        "uniformity": np.log(np.exp(-2 * pdist(u) ** 2).mean()),
        "effectiveRank": np.exp(-(p * np.log(p)).sum()),
        "participationRatio": (s**2).sum() ** 2 / (s**4).sum(),
        "topShare": s[0] ** 2 / (s**2).sum(),
        "spread": np.sqrt(((u - u.mean(0)) ** 2).sum(1).mean()),
        "lowestCosine": cosines.min(),
        "highestCosine": cosines.max(),
        "hubs": {
            "neighbours": neighbours,
            "skewness": skew(occurrences),
            "antiHubShare": (occurrences == 0).mean(),
            "hubShare": (occurrences > occurrences.mean() + 2 * occurrences.std()).mean(),
        },
    }


def cross_modal(audio, text):
    a, t = unit(audio), unit(text)
    cosines = a @ t.T
    ordered = np.sort(cosines, axis=1)
    answers = np.bincount(cosines.argmax(1), minlength=C) / N
    return {
        "modalityGap": np.linalg.norm(a.mean(0) - t.mean(0)),
        "alignment": ((a - t[classes]) ** 2).sum(1).mean(),
        "meanMargin": (ordered[:, -1] - ordered[:, -2]).mean(),
        "hubSkewness": skew(answers),
        "antiHubShare": (answers == 0).mean(),
    }


def negation(audio, positive, negated):
    to_positive, to_negated = unit(audio) @ unit(positive).T, unit(audio) @ unit(negated).T
    rows = np.arange(N)
    others = np.arange(C)[None] != classes[:, None]
    no_own = to_negated[rows, classes][:, None]
    return {
        "ownNearer": (to_positive[rows, classes] > no_own[:, 0]).mean(),
        "noOwnFarther": (to_positive > no_own)[others].mean(),
        "noOtherNearer": (to_negated > to_positive)[others].mean(),
    }


def ontology_map(audio, text):
    paths = [("instrument/" + PATHS[label]).split("/") for label in LABELS]
    nodes = {"/".join(path[:depth]) for path in paths for depth in range(1, len(path) + 1)}
    below = {node: [c for c, path in enumerate(paths) if ("/".join(path) + "/").startswith(node + "/")] for node in nodes}
    height = {node: max(len(paths[c]) for c in below[node]) - len(node.split("/")) for node in nodes}

    def meet(a, b):
        depth = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(paths[a], paths[b])))
        return "/".join(paths[a][:depth])

    given = (unit(audio) @ unit(text).T).argmax(1)
    wrong = given != classes
    meeting = np.array([meet(a, b) for a, b in zip(classes, given)])
    severity = np.array([height[node] for node in meeting])
    cosines = unit(text) @ unit(text).T
    triplets = {}
    for a in range(C):
        for p in range(C):
            for n in range(C):
                if len({a, p, n}) == 3 and meet(a, p).count("/") > meet(a, n).count("/"):
                    entry = triplets.setdefault(meet(a, p), [0, 0])
                    entry[0] += 1
                    entry[1] += int(cosines[a, p] > cosines[a, n])
    result = {}
    for node in sorted(nodes):
        own = np.isin(classes, below[node])
        errors = own & wrong
        result[node] = {
            "height": height[node],
            "labels": len(below[node]),
            "clips": int(own.sum()),
            "triplets": triplets.get(node),
            "recall": np.mean([(given[classes == c] == c).mean() for c in below[node]]),
            "withinBranch": np.isin(given[own], below[node]).mean(),
            "mistakesHere": (wrong & (meeting == node))[own].mean(),
            "mistakeSeverity": severity[errors].mean() if errors.any() else None,
        }
    branches = [node for node in nodes if 1 < len(below[node]) < C]
    # The highest of those with the lowest share.
    failing = min(branches, key=lambda node: (result[node]["withinBranch"], node.count("/")))
    return {"failingBranch": failing, "mistakeSeverity": severity[wrong].mean(), "nodes": result}


models, recalls = {}, []
for name, seed in [("first", 10), ("second", 50)]:
    concepts = wave(seed, C, D)
    audio = concepts[classes] + 0.9 * wave(seed + 1, N, D)
    text = {p: concepts + (0.6 + 0.3 * i) * wave(seed + 2 + i, C, D) for i, p in enumerate(PROMPT_SETS)}
    negated = text["muscall_prompt"] + 0.8 * wave(seed + 9, C, D)
    given = {p: (unit(audio) @ unit(text[p]).T).argmax(1) for p in PROMPT_SETS}
    recalls.append([[(given[p][classes == c] == c).mean() for c in range(C)] for p in PROMPT_SETS])
    models[name] = {
        "balancedAccuracy": {p: balanced_accuracy_score(classes, given[p]) for p in PROMPT_SETS},
        "promptSensitivity": sensitivity(np.array(recalls[-1:])),
        "space": {"audio": space(audio, 8), "text": space(text["muscall_prompt"], 1)},
        "crossModal": cross_modal(audio, text["muscall_prompt"]),
        "audioNegation": negation(audio, text["muscall_prompt"], negated),
        "ontologyMap": ontology_map(audio, text["muscall_prompt"]),
    }

golden = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
    "models": models,
    "both": sensitivity(np.array(recalls)),
}
target = Path(__file__).parents[2] / "packages/cli/test/goldens/analysis.json"
target.write_text(json.dumps(golden, indent=2, default=float) + "\n")
