"""Writes packages/metrics/test/goldens/space.json: embedding spaces, agreement and linear maps by numpy, scipy, scikit-learn.

    python tools/goldens/metrics_space.py

Needs numpy, scipy, scikit-learn, pandas and statsmodels; the versions are recorded in the file.
"""

import numpy as np
import pandas as pd
import statsmodels
from metrics import VERSIONS, write
from scipy.linalg import orthogonal_procrustes
from scipy.spatial.distance import cdist, pdist
from scipy.stats import kendalltau, rankdata, skew
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.neighbors import NearestNeighbors
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

rng = np.random.default_rng(1936)


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def space_case(name, a, b):
    u, v = unit(a), unit(b)
    cosines = u @ u.T
    different = ~np.eye(len(a), dtype=bool)
    gap = u.mean(axis=0) - v.mean(axis=0)
    sigma = np.linalg.svd(a - a.mean(axis=0), compute_uv=False)
    raw = np.linalg.svd(a, compute_uv=False)
    rank = lambda s: np.exp(-sum(p * np.log(p) for p in s / s.sum() if p > 0))
    return {
        "name": name,
        "a": a,
        "b": b,
        "gap": gap,
        "gapDistance": np.linalg.norm(gap),
        "alignment": np.mean(np.sum((u - v) ** 2, axis=1)),
        "alignmentAlpha1": np.mean(np.linalg.norm(u - v, axis=1)),
        "uniformity": np.log(np.mean(np.exp(-2 * pdist(u) ** 2))),
        "uniformityT3": np.log(np.mean(np.exp(-3 * pdist(u) ** 2))),
        "anisotropy": cosines[different].mean(),
        "lowestCosine": cosines[different].min(),
        "highestCosine": cosines[different].max(),
        "spread": np.sqrt(u.var(axis=0).sum()),
        "singularValues": sigma,
        "effectiveRank": rank(sigma),
        "effectiveRankRaw": rank(raw),
        "participationRatio": (sigma**2).sum() ** 2 / (sigma**4).sum(),
        "topShare": sigma[0] ** 2 / (sigma**2).sum(),
    }


def hubness_case(n, m, d, k):
    queries, items = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    distances = cdist(queries, items)
    neighbours = NearestNeighbors(n_neighbors=k).fit(items).kneighbors(queries, return_distance=False)
    counts = np.bincount(neighbours.ravel(), minlength=m)
    own = NearestNeighbors(n_neighbors=k).fit(items).kneighbors(return_distance=False)
    own_counts = np.bincount(own.ravel(), minlength=m)
    return {
        "similarities": -distances,
        "selfSimilarities": -cdist(items, items),
        "k": k,
        "occurrences": counts,
        "skewness": skew(counts),
        "antiHubShare": np.mean(counts == 0),
        "hubShare": np.mean(counts > counts.mean() + 2 * counts.std()),
        "selfOccurrences": own_counts,
        "selfSkewness": skew(own_counts),
    }


def kendall_w(values):
    m, n = values.shape
    ranks = np.apply_along_axis(rankdata, 1, values)
    ties = sum((t**3 - t) for row in values for t in np.unique(row, return_counts=True)[1])
    s = ((ranks.sum(axis=0) - ranks.sum() / n) ** 2).sum()
    return 12 * s / (m**2 * (n**3 - n) - m * ties)


def variance_case(shape):
    values = rng.normal(size=shape) + np.arange(shape[0]).reshape(-1, *[1] * (len(shape) - 1))
    names = "abc"[: len(shape)]
    cells = pd.DataFrame([dict(zip(names, index), y=y) for index, y in np.ndenumerate(values)])
    # All terms but the last: what is left over is the combination of all factors.
    terms = [":".join(f"C({n})" for n in names if n in t) for t in (["a", "b", "ab", "c", "ac", "bc"] if len(shape) == 3 else ["a", "b"])]
    table = anova_lm(ols("y ~ " + " + ".join(terms), cells).fit())
    squares = {t.replace("C(", "").replace(")", "").replace(":", ""): row.sum_sq for t, row in table.iterrows()}
    df = {t.replace("C(", "").replace(")", "").replace(":", ""): row.df for t, row in table.iterrows()}
    order = ["a", "b", "c", "ab", "ac", "bc", "Residual"] if len(shape) == 3 else ["a", "b", "Residual"]
    total = ((values - values.mean()) ** 2).sum()
    return {
        "shape": shape,
        "values": values.ravel(),
        "sumOfSquares": [squares[t] for t in order],
        "degreesOfFreedom": [df[t] for t in order],
        "share": [squares[t] / total for t in order],
    }


def map_case(name, n, p, q, lam):
    x = rng.normal(size=(n, p)) + 2
    y = x @ rng.normal(size=(p, q)) + 0.3 * rng.normal(size=(n, q)) - 1
    folds = rng.permutation(n) % 4
    other = rng.normal(size=(3, p))
    centred_x, centred_y = x - x.mean(axis=0), y - y.mean(axis=0)
    ridge = Ridge(alpha=lam).fit(x, y)
    through_zero = Ridge(alpha=lam, fit_intercept=False).fit(x, y)
    u, s, vt = np.linalg.svd(centred_x.T @ centred_y, full_matrices=False)
    kept = s > s[0] * max(p, q) * np.finfo(float).eps
    rotation = u[:, kept] @ vt[kept]
    if p == q and kept.all():
        assert np.allclose(rotation, orthogonal_procrustes(centred_x, centred_y)[0])
    return {
        "name": name,
        "x": x,
        "y": y,
        "folds": folds,
        "other": other,
        "lambda": lam,
        "ridge": ridge.coef_.T,
        "ridgeOffset": ridge.intercept_,
        "ridgeOther": ridge.predict(other),
        "ridgeThroughZero": through_zero.coef_.T,
        "ridgeOutOfFold": cross_val_predict(Ridge(alpha=lam), x, y, groups=folds, cv=LeaveOneGroupOut()),
        "rotation": rotation,
        "rotationOffset": y.mean(axis=0) - x.mean(axis=0) @ rotation,
        "scale": s.sum() / (centred_x**2).sum(),
    }


if __name__ == "__main__":
    VERSIONS["statsmodels"] = statsmodels.__version__
    tau_pairs = [
        (rng.normal(size=30), rng.normal(size=30)),
        (rng.integers(0, 5, 40), rng.integers(0, 4, 40)),
        (np.arange(7), np.arange(7)[::-1]),
        (np.array([1, 1, 2]), np.array([3, 4, 4])),
    ]
    rankings = [rng.normal(size=(4, 9)), rng.integers(0, 4, (5, 8)), np.tile(np.arange(6), (3, 1))]
    least_squares = np.linalg.lstsq
    x = rng.normal(size=(12, 5))
    y = rng.normal(size=(12, 2))
    matrices = [rng.normal(size=s) for s in ((6, 6), (20, 7), (4, 11), (1, 5), (9, 1))]
    low_rank = rng.normal(size=(15, 3)) @ rng.normal(size=(3, 12))
    graded = rng.normal(size=(10, 10)) * 10.0 ** -np.arange(10)
    write(
        "space",
        {
            "spaces": [
                space_case("12 rows of 6", rng.normal(size=(12, 6)) + 1, rng.normal(size=(12, 6))),
                space_case("5 rows of 40, nearly the same", 1 + 0.01 * rng.normal(size=(5, 40)), rng.normal(size=(5, 40))),
            ],
            "hubness": [hubness_case(40, 15, 4, 3), hubness_case(30, 30, 50, 1)],
            "kendallTau": [{"a": a, "b": b, "tau": kendalltau(a, b).statistic} for a, b in tau_pairs],
            "kendallW": [{"values": v, "w": kendall_w(np.asarray(v, float))} for v in rankings],
            "variance": [variance_case((3, 4)), variance_case((2, 5, 3))],
            "maps": [
                map_case("more items than columns", 30, 5, 5, 0.7),
                map_case("into a smaller space", 25, 7, 4, 10),
                map_case("fewer items than columns", 8, 20, 16, 1.5),
            ],
            "leastSquares": {"x": x, "y": y, "matrix": least_squares(x, y, rcond=None)[0]},
            "singularValues": [
                {"matrix": m, "values": np.linalg.svd(m, compute_uv=False)} for m in [*matrices, low_rank, graded]
            ],
        },
    )
