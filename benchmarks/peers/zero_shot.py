"""Zero-shot metrics of stored embeddings with numpy and scikit-learn: the peer of one `irec evaluate` process.

    python zero_shot.py AUDIO.npy TEXT.npy GROUNDTRUTH.csv

The whole audio array is loaded, as such scripts do; all arithmetic stays float32. Prints the study's columns and the peak
memory of the process as JSON.
"""

import json
import resource
import sys

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score, top_k_accuracy_score



def peak_bytes():
    """VmHWM on Linux, because ru_maxrss there starts at the size of the process that spawned this one."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    except OSError:
        # In bytes on macOS, in kibibytes elsewhere.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


audio = np.load(sys.argv[1])
text = np.load(sys.argv[2])
with open(sys.argv[3], encoding="utf-8") as file:
    columns = len(file.readline().split(","))
one_hot = np.loadtxt(sys.argv[3], delimiter=",", skiprows=1, usecols=range(1, columns), dtype=np.int8)

audio /= np.linalg.norm(audio, axis=1, keepdims=True)
text /= np.linalg.norm(text, axis=1, keepdims=True)
scores = audio @ text.T

truth = one_hot.argmax(1)
labels = np.arange(len(text))
results = {
    "top": [top_k_accuracy_score(truth, scores, k=k, labels=labels) for k in range(1, 6)],
    "f1": f1_score(truth, scores.argmax(1), average="weighted"),
    "rocAuc": roc_auc_score(one_hot, scores, average="macro"),
    "averagePrecision": average_precision_score(one_hot, scores, average="macro"),
}
print(json.dumps({**results, "peakBytes": peak_bytes()}, default=float))
