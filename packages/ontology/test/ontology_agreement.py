# The agreement figures of agreement.test.ts, from the taxonomies' own rows and SciPy:
#   IREC_ROWS=rows.json python ontology_agreement.py
# where rows.json is { name: { nodes: [{ id, parents: [id] }], terms: { instrument: id } } } as agreement.test.ts writes it
# when IREC_ROWS is set.
import itertools
import json
import os

from scipy.stats import kendalltau

taxonomies = json.load(open(os.environ["IREC_ROWS"]))


def similarities(taxonomy, instruments):
    parents = {node["id"]: node["parents"] for node in taxonomy["nodes"]}
    depths = {}

    def depth(node):
        if node not in depths:
            depths[node] = min((1 + depth(parent) for parent in parents[node]), default=0)
        return depths[node]

    def above(node):
        found = {node}
        for parent in parents[node]:
            found |= above(parent)
        return found

    lineages = [above(taxonomy["terms"][name]) for name in instruments]
    return [[max(depth(node) for node in a & b) for b in lineages] for a in lineages]


for a, b in itertools.combinations(taxonomies, 2):
    shared = [name for name in taxonomies[a]["terms"] if name in taxonomies[b]["terms"]]
    first, second = (similarities(taxonomies[key], shared) for key in (a, b))
    n = len(shared)
    pairs = list(itertools.combinations(range(n), 2))
    tau = kendalltau([first[i][j] for i, j in pairs], [second[i][j] for i, j in pairs], variant="b").statistic
    same = opposite = 0
    for anchor in range(n):
        for i, j in itertools.combinations([k for k in range(n) if k != anchor], 2):
            sign = (first[anchor][i] - first[anchor][j]) * (second[anchor][i] - second[anchor][j])
            same += sign > 0
            opposite += sign < 0
    print(f'["{a}", "{b}", {n}, {float(tau)!r}, {same}, {opposite}],')
