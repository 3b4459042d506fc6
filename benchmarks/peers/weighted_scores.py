"""All scores of one classifier on resamples that are given as weights, with numpy.

What a numpy programmer would write who knows that sorting once is enough: a resample is one gather and one cumulative sum of
the sorted columns, and everything else is vectorised over rows and classes. Scores must not be tied.
"""

import numpy as np


class WeightedScores:
    """What does not depend on the draw is made once."""

    def __init__(self, values, labels):
        n, self.classes = values.shape
        self.labels = labels
        classes = self.classes
        order = np.argsort(-values, axis=0, kind="stable").T.astype(np.int32)
        positive = labels[order] == np.arange(classes)[:, None]
        self.order = order
        self.at = np.flatnonzero(positive.ravel())
        self.rows = order.ravel()[self.at]
        self.starts = np.searchsorted(self.at, np.arange(classes) * n)
        self.class_of = self.at // n
        own = values[np.arange(n), labels][:, None]
        self.rank = (values >= own).sum(axis=1)
        self.predicted = values.argmax(axis=1)
        self.hits = self.predicted == labels

    def scores(self, w, support):
        """Top-1 to top-5, weighted F1, macro F1, balanced accuracy, majority baseline, macro ROC-AUC and average precision;
        then recall, F1, ROC-AUC and average precision of each class.

        w: how often each row is in the resample; support: how often each class is.
        """
        classes, labels = self.classes, self.labels
        above = np.cumsum(w[self.order], axis=1).ravel()[self.at]
        own = w[self.rows]
        running = np.cumsum(own)
        before = running[self.starts] - own[self.starts]
        positives = running - before[self.class_of]
        size = w.sum()
        pairs = support * (size - support)
        auc = 1 - np.add.reduceat(own * (above - positives), self.starts) / pairs
        precision = np.add.reduceat(own * positives / np.maximum(above, 1), self.starts) / support
        right = np.bincount(labels, weights=w * self.hits, minlength=classes)
        answers = np.bincount(self.predicted, weights=w, minlength=classes)
        f1 = 2 * right / (support + answers)
        recall = right / support
        top = np.cumsum(np.bincount(self.rank, weights=w, minlength=classes + 1)[1:6]) / size
        macros = [(f1 * support).sum() / size, f1.mean(), recall.mean(), support.max() / size, auc.mean(), precision.mean()]
        return np.concatenate([top, macros, recall, f1, auc, precision])
