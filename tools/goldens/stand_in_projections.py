"""Answers of clips by stand-ins for a projection, for packages/cli/test/stand-in-projection.test.ts.

Everything is fitted in the whole space, and every label that is left out to choose a ridge strength is left out by a new
fit. Needs numpy and scikit-learn (numbers in the test: numpy 2.4.6, scikit-learn 1.9.1); prints to the terminal.
"""

import numpy as np
from sklearn.linear_model import Ridge

LABELS, CLIPS, AUDIO_SIZE, TEXT_SIZE = 6, 5, 8, 7


def wave(seed, rows, columns):
    i, k = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return np.sin(seed + 3.1 * i + 1.7 * k * k + 0.9 * i * k)


classes = np.repeat(np.arange(LABELS), CLIPS)
folds = np.tile([0, 1, 2, 0, 1], LABELS)
concepts = wave(1, LABELS, AUDIO_SIZE)
audio = concepts[classes] + 1.2 * wave(2, LABELS * CLIPS, AUDIO_SIZE)
text = concepts[:, :TEXT_SIZE] + 0.5 * wave(4, LABELS, TEXT_SIZE)


def orthogonal(x, y):
    mean_x, mean_y = x.mean(0), y.mean(0)
    u, s, vt = np.linalg.svd((x - mean_x).T @ (y - mean_y), full_matrices=False)
    rank = (s > 1e-9 * s[0]).sum()
    scale = s.sum() / ((x - mean_x) ** 2).sum()
    return lambda points: (points - mean_x) @ (u[:, :rank] @ vt[:rank] * scale)


def ridge(x, y):
    square = ((x - x.mean(0)) ** 2).sum() / len(x)
    best = (np.inf, None)
    for strength in [0.001, 0.01, 0.1, 1, 10]:
        error = 0
        for i in range(len(x)):
            kept = np.arange(len(x)) != i
            answer = Ridge(alpha=strength * square).fit(x[kept], y[kept]).predict(x[i : i + 1])
            error += ((answer - y[i]) ** 2).sum()
        if error < best[0]:
            best = (error, strength)
    fitted = Ridge(alpha=best[1] * square).fit(x, y)
    return lambda points: fitted.predict(points) - y.mean(0)


def cosines(a, b):
    return (a @ b.T) / np.linalg.norm(a, axis=1)[:, None] / np.linalg.norm(b, axis=1)


for name, fit in [("orthogonal", orthogonal), ("ridge", ridge), ("ideal text", ridge)]:
    seen, mapped, held_out = (np.zeros(LABELS * CLIPS, int) for _ in range(3))
    for fold in range(3):
        rows = np.where(folds == fold)[0]
        prototypes = np.array([audio[(folds != fold) & (classes == c)].mean(0) for c in range(LABELS)])
        targets = prototypes if name == "ideal text" else text
        project = fit(prototypes, targets)
        seen[rows] = cosines(project(audio[rows]), targets - targets.mean(0)).argmax(1)
        mapped[rows] = cosines(project(audio[rows]), project(prototypes)).argmax(1)
        wins, margins = np.zeros((len(rows), LABELS)), np.zeros((len(rows), LABELS))
        for a in range(LABELS):
            for b in range(a + 1, LABELS):
                others = [c for c in range(LABELS) if c not in (a, b)]
                project = fit(prototypes[others], targets[others])
                scores = cosines(project(audio[rows]), targets - targets[others].mean(0))
                margin = scores[:, a] - scores[:, b]
                wins[:, a] += margin >= 0
                wins[:, b] += margin < 0
                margins[:, a] += margin
                margins[:, b] -= margin
        held_out[rows] = [max(range(LABELS), key=lambda c: (wins[i, c], margins[i, c])) for i in range(len(rows))]
    print(name, "seen", seen.tolist(), "mapped", mapped.tolist(), "held out", held_out.tolist(), sep="\n  ")
