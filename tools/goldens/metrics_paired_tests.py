"""Writes packages/metrics/test/goldens/paired-tests.json: paired tests and corrections by scipy and statsmodels.

    python tools/goldens/metrics_paired_tests.py

Needs numpy, scipy, scikit-learn (for metrics.py) and statsmodels; the versions are recorded in the file.
"""

import numpy as np
import statsmodels
from metrics import VERSIONS, write
from scipy.stats import binomtest, norm, permutation_test, rankdata, wilcoxon
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_effectsize

ALTERNATIVES = ("two-sided", "greater", "less")


def mcnemar_case(name, a, b):
    a, b = np.asarray(a, dtype=int), np.asarray(b, dtype=int)
    table = [[int(((a == i) & (b == j)).sum()) for j in (1, 0)] for i in (1, 0)]
    only_a, only_b = table[0][1], table[1][0]
    p = mcnemar(table, exact=True).pvalue
    # The same by another road: a fair coin.
    assert np.isclose(p, binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1, rtol=1e-9)
    return {"name": name, "a": a, "b": b, "onlyA": only_a, "onlyB": only_b, "pValue": p}


def wilcoxon_case(name, a, b):
    d = (a - b)[a != b]
    rank_sum = rankdata(np.abs(d))[d > 0].sum()
    tied = len(np.unique(np.abs(d))) < len(d)
    p = {}
    for alternative in ALTERNATIVES:
        if len(d) <= 50 and tied:
            # scipy's exact method takes no ties; all signs of the ranks, written out, do.
            result = permutation_test(
                (np.sign(d) * rankdata(np.abs(d)),),
                lambda x, axis=-1: np.sum(x, axis=axis),
                permutation_type="samples",
                alternative=alternative,
                n_resamples=np.inf,
                vectorized=True,
            )
            p[alternative] = result.pvalue
        else:
            method = "exact" if len(d) <= 50 else "approx"
            p[alternative] = wilcoxon(d, alternative=alternative, method=method, correction=False).pvalue
    return {"name": name, "a": a, "b": b, "rankSum": rank_sum, "n": len(d), "pValue": p}


if __name__ == "__main__":
    VERSIONS["statsmodels"] = statsmodels.__version__
    rng = np.random.default_rng(51)
    hits = lambda n, p: (rng.random(n) < p).astype(int)
    normals = lambda n, shift: (rng.normal(shift, 1, n), rng.normal(0, 1, n))
    families = [[0.01, 0.04, 0.03], [0.05], [0.5, 0.6, 0.9], [0, 1, 0.02, 0.02, 0.001], rng.random(20) ** 3]
    proportions = [(0.75, 0.25), (0, 1), (0.5, 0.5), (0.93, 0.97)]
    z = np.array([-6.5, -3, -1, -0.25, 0, 1e-8, 0.3, 0.99, 1, 1.01, 1.96, 2.5, 4, 6, 8.5, 15, 30, 37])
    write(
        "paired-tests",
        {
            "mcnemar": [
                mcnemar_case("60 items", hits(60, 0.7), hits(60, 0.5)),
                mcnemar_case("2,913 items", hits(2913, 0.3), hits(2913, 0.27)),
                mcnemar_case("2,913 items far apart", hits(2913, 0.8), hits(2913, 0.3)),
                mcnemar_case("equally many", [1, 0, 1, 1], [0, 1, 1, 1]),
                mcnemar_case("no difference", [1, 0, 1], [1, 0, 1]),
                mcnemar_case("one side only", [1, 1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0, 0]),
            ],
            "wilcoxon": [
                wilcoxon_case("9 items", *normals(9, 0.8)),
                wilcoxon_case("50 items", *normals(50, 0.2)),
                wilcoxon_case("51 items, by the normal approximation", *normals(51, 0.2)),
                wilcoxon_case("12 items with ties and zeros", rng.integers(0, 4, 14), rng.integers(0, 3, 14)),
                wilcoxon_case("400 items with ties and zeros", rng.integers(0, 5, 400), rng.integers(0, 4, 400)),
            ],
            "holm": [{"pValues": p, "adjusted": multipletests(p, method="holm")[1]} for p in families],
            "cohensH": [[*pair, proportion_effectsize(*pair)] for pair in proportions],
            "normalTail": [[x, norm.sf(x)] for x in z],
        },
    )
