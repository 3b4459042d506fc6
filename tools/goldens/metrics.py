"""Writes the golden files of packages/metrics/test/goldens.

    python tools/goldens/metrics.py

Needs numpy, scipy and scikit-learn; the versions that made the files are recorded in them (numpy 2.4, scipy 1.17,
scikit-learn 1.9). Inputs are seeded, so a second run writes the same bytes.
"""

import json
import platform
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.spatial.distance import cdist
from scipy.stats import bootstrap, permutation_test
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    label_ranking_average_precision_score,
    ndcg_score,
    precision_recall_fscore_support,
    roc_auc_score,
    top_k_accuracy_score,
)

OUT = Path(__file__).resolve().parents[2] / "packages" / "metrics" / "test" / "goldens"
VERSIONS = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
}
warnings.simplefilter("ignore")


def plain(value):
    """JSON has no NaN: null stands for it."""
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (np.integer, np.bool_)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        value = float(value)
        if np.isnan(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def write(name, content):
    OUT.mkdir(parents=True, exist_ok=True)
    text = json.dumps(plain({"versions": VERSIONS, **content}), separators=(",", ":"), allow_nan=False)
    (OUT / f"{name}.json").write_text(text + "\n")


# --- the random stream, written from its papers and not from the TypeScript -------------------------------------------

WORD = 0xFFFFFFFF


class Xoshiro128StarStar:
    def __init__(self, seed):
        self.s = []
        for _ in range(4):
            seed = (seed + 0x9E3779B9) & WORD
            z = seed
            z = ((z ^ (z >> 16)) * 0x85EBCA6B) & WORD
            z = ((z ^ (z >> 13)) * 0xC2B2AE35) & WORD
            self.s.append(z ^ (z >> 16))

    def uint32(self):
        def rotl(x, k):
            return ((x << k) | (x >> (32 - k))) & WORD

        s = self.s
        result = (rotl((s[1] * 5) & WORD, 7) * 9) & WORD
        t = (s[1] << 9) & WORD
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 11)
        return result

    def below(self, n):
        limit = 2**32 - 2**32 % n
        while (x := self.uint32()) >= limit:
            pass
        return x % n

    def double(self):
        a, b = self.uint32() >> 5, self.uint32() >> 6
        return (a * 2**26 + b) / 2**53


class SharedDraws(np.random.Generator):
    """Gives scipy.stats.bootstrap the integers of Xoshiro128StarStar."""

    def __new__(cls, seed):
        return super().__new__(cls, np.random.PCG64(0))

    def __init__(self, seed):
        super().__init__(np.random.PCG64(0))
        self.stream = Xoshiro128StarStar(seed)

    def integers(self, low, high=None, size=None, dtype=np.int64, endpoint=False):
        assert low == 0 and not endpoint
        return np.array([self.stream.below(int(high)) for _ in range(int(np.prod(size)))], dtype=dtype).reshape(size)


# --- similarity -------------------------------------------------------------------------------------------------------


def similarities(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    cosine = 1 - cdist(a, b, "cosine")
    return {
        "cosine": cosine,
        "dot": a @ b.T,
        "euclidean": -cdist(a, b, "euclidean"),
        "manhattan": -cdist(a, b, "cityblock"),
        "angular": 1 - np.arccos(np.clip(cosine, -1, 1)) / np.pi,
        "pearson": 1 - cdist(a, b, "correlation"),
    }


def similarity_goldens():
    rng = np.random.default_rng(20240718)
    cases = []
    for name, n, m, d, dtype in [
        ("float64", 9, 14, 17, np.float64),
        ("float32", 6, 8, 33, np.float32),
        ("one row each", 1, 1, 5, np.float64),
        ("two columns", 5, 3, 2, np.float64),
    ]:
        a, b = rng.normal(size=(n, d)).astype(dtype), rng.normal(size=(m, d)).astype(dtype)
        cases.append({"name": name, "dtype": np.dtype(dtype).name, "a": a, "b": b, "expected": similarities(a, b)})
    write("similarity", {"cases": cases})


# --- classification ---------------------------------------------------------------------------------------------------


def classification_case(name, scores, labels, predictions=None, dtype="float64"):
    scores = np.asarray(scores, dtype=dtype).astype(np.float64)
    labels = np.asarray(labels)
    n, classes = scores.shape
    predictions = scores.argmax(axis=1) if predictions is None else np.asarray(predictions)
    one_hot = (labels[:, None] == np.arange(classes)).astype(int)
    precision, recall, f1, support = precision_recall_fscore_support(labels, predictions, zero_division=0)
    fixed = np.arange(classes)
    top_k = []
    for k in range(1, classes + 1):
        if classes > 2:
            top_k.append(top_k_accuracy_score(labels, scores, k=k, labels=fixed))
        else:  # scikit-learn wants one column for two classes: its tie rule, written out
            order = np.argsort(scores, axis=1, kind="stable")[:, ::-1][:, :k]
            top_k.append(np.mean([label in row for label, row in zip(labels, order)]))

    def per_class(metric):
        values = []
        for c in range(classes):
            positives = one_hot[:, c].sum()
            defined = positives > 0 and (metric is average_precision_score or positives < n)
            values.append(metric(one_hot[:, c], scores[:, c]) if defined else np.nan)
        return values

    return {
        "name": name,
        "dtype": dtype,
        "scores": scores,
        "labels": labels,
        "predictions": predictions,
        "expected": {
            "topK": top_k,
            "accuracy": accuracy_score(labels, predictions),
            "balancedAccuracy": balanced_accuracy_score(labels, predictions),
            "confusionMatrix": confusion_matrix(labels, predictions, labels=fixed),
            "f1": {
                "classes": np.union1d(labels, predictions),
                "precision": precision,
                "recall": recall,
                "perClass": f1,
                "support": support,
                **{
                    average: f1_score(labels, predictions, average=average, zero_division=0)
                    for average in ("macro", "weighted", "micro")
                },
            },
            "f1Fixed": {
                "perClass": f1_score(labels, predictions, labels=fixed, average=None, zero_division=0),
                **{
                    average: f1_score(labels, predictions, labels=fixed, average=average, zero_division=0)
                    for average in ("macro", "weighted", "micro")
                },
            },
            "rocAuc": per_class(roc_auc_score),
            "averagePrecision": per_class(average_precision_score),
            # What scikit-learn itself answers when a class is absent (with warnings): the documented difference.
            "sklearnMacroRocAuc": roc_auc_score(one_hot, scores, average="macro"),
            "sklearnMacroAveragePrecision": average_precision_score(one_hot, scores, average="macro"),
        },
    }


def classification_goldens():
    rng = np.random.default_rng(14)
    noise = lambda n, c: rng.normal(size=(n, c))
    labels_of = lambda n, c: np.concatenate([np.arange(c), rng.integers(0, c, n - c)])

    def informed(n, c, strength):
        labels = labels_of(n, c)
        scores = noise(n, c)
        scores[np.arange(n), labels] += strength
        return scores, labels

    scores, labels = informed(120, 14, 1.0)
    quantised = np.round(scores * 2) / 2
    imbalanced = np.where(rng.random(150) < 0.95, 0, rng.integers(0, 4, 150))
    imbalanced[:4] = np.arange(4)
    absent_truth = rng.choice([0, 2, 3], 40)
    absent_prediction = rng.choice([0, 1], 40)
    perfect = np.eye(5)[labels_of(25, 5)]
    cases = [
        classification_case("14 classes", scores, labels),
        classification_case("14 classes, float32", scores, labels, dtype="float32"),
        classification_case("ties: scores in steps of one half", quantised, labels),
        classification_case("ties: scores of 0 and 1", (scores > 0).astype(float), labels),
        classification_case("constant scores", np.full((20, 3), 0.25), labels_of(20, 3)),
        classification_case("two classes", *informed(30, 2, 0.5)),
        classification_case("heavy imbalance", noise(150, 4), imbalanced),
        classification_case("a class absent from the truth", noise(40, 4), absent_truth),
        classification_case(
            "a class absent from the predictions", noise(40, 3), labels_of(40, 3), predictions=absent_prediction
        ),
        classification_case("one class in the truth", noise(12, 3), np.full(12, 1)),
        classification_case("one item", noise(1, 3), [2]),
        classification_case("perfect", perfect, perfect.argmax(axis=1)),
        classification_case("reversed", -perfect, perfect.argmax(axis=1)),
        classification_case("large offset", informed(40, 4, 1)[0] * 1e-9 + 1e6, labels_of(40, 4)),
    ]
    sets = (rng.random((60, 5)) < 0.3).astype(int)
    sets[0], sets[1] = 1, 0
    sets_scores = np.round(noise(60, 5) + sets, 1)
    several = {
        "scores": sets_scores,
        "positive": sets,
        "rocAuc": roc_auc_score(sets, sets_scores, average=None),
        "averagePrecision": average_precision_score(sets, sets_scores, average=None),
        "macroRocAuc": roc_auc_score(sets, sets_scores, average="macro"),
        "macroAveragePrecision": average_precision_score(sets, sets_scores, average="macro"),
    }
    write("classification", {"cases": cases, "severalLabels": several})


# --- retrieval --------------------------------------------------------------------------------------------------------


def retrieval_case(name, scores, relevance, ks=(1, 2, 5)):
    scores, relevance = np.asarray(scores, float), np.asarray(relevance, float)
    kept = relevance.sum(axis=1) > 0
    s, r = scores[kept], relevance[kept]
    # Pessimistic ranks by counting, the definition itself.
    ranks = [[int((row >= row[j]).sum()) for j in np.flatnonzero(grades)] for row, grades in zip(s, r)]
    best = [min(of_query) for of_query in ranks]
    return {
        "name": name,
        "similarities": scores,
        "relevance": relevance,
        "skipped": np.flatnonzero(~kept),
        "expected": {
            "recallAt": {str(k): np.mean([np.mean([rank <= k for rank in q]) for q in ranks]) for k in ks},
            "medianRank": np.median(best),
            "meanReciprocalRank": np.mean([1 / rank for rank in best]),
            "meanAveragePrecision": label_ranking_average_precision_score((r > 0).astype(int), s),
            "ndcg": ndcg_score(r, s),
            "ndcgAt3": ndcg_score(r, s, k=3),
        },
    }


def retrieval_goldens():
    rng = np.random.default_rng(7)
    square = rng.normal(size=(20, 20)) + np.eye(20)
    several = (rng.random((15, 12)) < 0.25).astype(int)
    several[:, 0] = 1
    many = (rng.random((6, 40)) < 0.5).astype(int)
    graded = rng.integers(0, 4, (10, 9))
    graded[3] = 0
    cases = [
        retrieval_case("the diagonal", square, np.eye(20)),
        retrieval_case("the diagonal with ties", np.round(square), np.eye(20)),
        retrieval_case("several relevant items", rng.normal(size=(15, 12)), several),
        retrieval_case("several relevant items with ties", np.round(rng.normal(size=(15, 12))), several),
        retrieval_case("half of the items relevant, with ties", np.round(rng.normal(size=(6, 40)), 1), many),
        retrieval_case("grades, and a query without relevant items", np.round(rng.normal(size=(10, 9)), 1), graded),
        retrieval_case("constant similarities", np.zeros((4, 6)), np.eye(4, 6)),
        retrieval_case("two items", [[1, 0], [1, 0]], [[1, 0], [1, 0]]),
    ]
    write("retrieval", {"cases": cases})


# --- statistics -------------------------------------------------------------------------------------------------------


def statistics_goldens():
    rng = np.random.default_rng(95)
    streams = []
    for seed in (0, 1, 2024, 4294967295):
        words, below, doubles = (Xoshiro128StarStar(seed) for _ in range(3))
        streams.append(
            {
                "seed": seed,
                "uint32": [words.uint32() for _ in range(8)],
                "below": [[n, below.below(n)] for n in (1, 2, 3, 14, 1000, 2913, 3_000_000_000, 3_000_000_000, 2**32)],
                "double": [doubles.double() for _ in range(4)],
            }
        )

    intervals = []
    for name, values, draws, seed, level in [
        ("hits and misses", (rng.random(60) < 0.4).astype(float), 200, 0, 0.95),
        ("normal", rng.normal(size=45), 300, 12, 0.9),
        ("two values", np.array([1.0, 4.0]), 50, 3, 0.95),
    ]:
        result = bootstrap(
            (values,),
            lambda x, axis=-1: np.mean(x, axis=axis),
            n_resamples=draws,
            confidence_level=level,
            method="percentile",
            vectorized=True,
            rng=SharedDraws(seed),
        )
        intervals.append(
            {
                "name": name,
                "values": values,
                "draws": draws,
                "seed": seed,
                "level": level,
                "estimate": values.mean(),
                "low": result.confidence_interval.low,
                "high": result.confidence_interval.high,
                "standardError": result.standard_error,
            }
        )

    values = rng.random(50).round(3)
    clusters = rng.integers(0, 9, 50) * 10
    cluster_intervals = []
    for average in ("micro", "macro"):
        numbers = np.unique(clusters)
        sums = np.array([values[clusters == c].sum() for c in numbers])
        counts = np.array([(clusters == c).sum() for c in numbers])

        def statistic(i):
            return sums[i].sum() / counts[i].sum() if average == "micro" else (sums[i] / counts[i]).mean()

        stream = Xoshiro128StarStar(5)
        draws = [statistic(np.array([stream.below(len(numbers)) for _ in numbers])) for _ in range(200)]
        cluster_intervals.append(
            {
                "average": average,
                "estimate": statistic(np.arange(len(numbers))),
                "low": np.quantile(draws, 0.025),
                "high": np.quantile(draws, 0.975),
                "standardError": np.std(draws, ddof=1),
            }
        )

    tests = []
    for name, a, b in [
        ("hits and misses", (rng.random(10) < 0.7).astype(float), (rng.random(10) < 0.4).astype(float)),
        ("normal", rng.normal(0.5, 1, 9), rng.normal(0, 1, 9)),
        ("ties of thirds", np.arange(8) % 3 / 3, np.arange(8) % 2 / 3),
        ("no difference at all", np.ones(4), np.ones(4)),
        ("sums to zero", np.array([1.0, 2, 3]), np.array([3.0, 2, 1])),
    ]:
        for alternative in ("two-sided", "greater", "less"):
            result = permutation_test(
                (a, b),
                lambda x, y, axis=-1: np.mean(x, axis=axis) - np.mean(y, axis=axis),
                permutation_type="samples",
                alternative=alternative,
                n_resamples=np.inf,
                vectorized=True,
            )
            tests.append(
                {
                    "name": name,
                    "a": a,
                    "b": b,
                    "alternative": alternative,
                    "difference": result.statistic,
                    "pValue": result.pvalue,
                }
            )

    samples = [rng.normal(size=n) for n in (1, 2, 3, 10, 101)]
    levels = [0, 0.025, 0.1, 0.25, 0.5, 0.75, 0.975, 1]
    quantiles = [{"values": x, "q": levels, "expected": np.quantile(x, levels)} for x in samples]
    write(
        "statistics",
        {
            "streams": streams,
            "bootstrap": intervals,
            "clusterBootstrap": {"values": values, "clusters": clusters, "draws": 200, "seed": 5, "cases": cluster_intervals},
            "permutation": tests,
            "quantiles": quantiles,
        },
    )


if __name__ == "__main__":
    similarity_goldens()
    classification_goldens()
    retrieval_goldens()
    statistics_goldens()
