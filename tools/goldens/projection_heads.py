"""Writes packages/encoders/test/training/goldens/projection-heads.json.

    python tools/goldens/projection_heads.py

Needs torch and numpy; the versions that made the file are recorded in it (torch 2.13, numpy 2.4). Three steps of AdamW on
projection heads and on a residual of the text projection, in float64 from inputs that float32 holds exactly. Inputs are
seeded, so a second run writes the same bytes.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

OUT = Path(__file__).resolve().parents[2] / "packages/encoders/test/training/goldens/projection-heads.json"
AUDIO, TEXT, JOINT, HIDDEN = 5, 4, 3, 6
SETTINGS = {"learningRate": 0.05, "weightDecay": 0.1, "beta1": 0.9, "beta2": 0.98, "epsilon": 1e-6, "temperature": 0.07}
random = np.random.default_rng(20240718)


def drawn(*shape):
    return torch.tensor(random.standard_normal(shape).astype(np.float32)).double()


def plain(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().flatten().tolist()}


def head(name, kind, inputs, outputs):
    """Parameters under the names of a checkpoint."""
    if kind == "identity":
        return {}
    if kind == "linear":
        return {f"{name}.weight": drawn(outputs, inputs)}
    return {
        f"{name}.0.weight": drawn(HIDDEN, inputs),
        f"{name}.0.bias": drawn(HIDDEN),
        f"{name}.2.weight": drawn(outputs, HIDDEN),
        f"{name}.2.bias": drawn(outputs),
    }


def project(parameters, name, rows):
    if f"{name}.weight" in parameters:
        rows = F.linear(rows, parameters[f"{name}.weight"])
    elif f"{name}.0.weight" in parameters:
        rows = F.relu(F.linear(rows, parameters[f"{name}.0.weight"], parameters[f"{name}.0.bias"]))
        rows = F.linear(rows, parameters[f"{name}.2.weight"], parameters[f"{name}.2.bias"])
    return F.normalize(rows, dim=1)


def label_loss(logits, labels):
    """A loop over rows and columns, so that it says what is meant: everything with the same label is a positive."""
    total = torch.zeros((), dtype=torch.float64)
    for scores in (logits, logits.T):
        log_probabilities = F.log_softmax(scores, dim=1)
        for i, label in enumerate(labels):
            positives = [log_probabilities[i, j] for j, other in enumerate(labels) if other == label]
            total = total - sum(positives) / len(positives) / (2 * len(labels))
    return total


def optimiser(parameters):
    decayed = [value for value in parameters.values() if value.ndim == 2]
    rest = [value for value in parameters.values() if value.ndim < 2]
    groups = [{"params": decayed, "weight_decay": SETTINGS["weightDecay"]}, {"params": rest, "weight_decay": 0.0}]
    betas = (SETTINGS["beta1"], SETTINGS["beta2"])
    return torch.optim.AdamW(
        [group for group in groups if group["params"]], lr=SETTINGS["learningRate"], betas=betas, eps=SETTINGS["epsilon"]
    )


def steps(parameters, losses_of, count):
    start = {name: plain(value) for name, value in parameters.items()}
    for value in parameters.values():
        value.requires_grad_(True)
    adam = optimiser(parameters)
    losses = []
    for step in range(count):
        loss = losses_of(step)
        adam.zero_grad()
        loss.backward()
        losses.append(loss.item())
        adam.step()
        if "logit_scale" in parameters:
            with torch.no_grad():
                parameters["logit_scale"].clamp_(max=math.log(100))
    end = {name: plain(value) for name, value in parameters.items()}
    return {"start": start, "losses": losses, "end": end}


def heads_case(audio_head, text_head, outputs, audio_rows, text_rows, batches):
    audio, text = drawn(audio_rows, AUDIO), drawn(text_rows, TEXT)
    parameters = {
        **head("audio_projection", audio_head, AUDIO, outputs),
        **head("text_projection", text_head, TEXT, outputs),
        "logit_scale": torch.tensor(math.log(1 / SETTINGS["temperature"]), dtype=torch.float64),
    }

    def loss_of(step):
        batch = batches[step]
        a = project(parameters, "audio_projection", audio[batch["audio"]])
        t = project(parameters, "text_projection", text[batch["text"]])
        logits = parameters["logit_scale"].exp() * a @ t.T
        return label_loss(logits, batch["labels"])

    return {
        "audioHead": audio_head,
        "textHead": text_head,
        "audio": plain(audio),
        "text": plain(text),
        "batches": batches,
        **steps(parameters, loss_of, len(batches)),
        "projected": {
            "audio": plain(project(parameters, "audio_projection", audio)),
            "text": plain(project(parameters, "text_projection", text)),
        },
    }


def triplet_case(loss, settings):
    pre_joint, joint = drawn(5, TEXT), F.normalize(drawn(5, JOINT).float(), dim=1).double()
    anchors, positives, negatives = [0, 0, 1, 2, 4, 3], [1, 1, 0, 3, 3, 2], [2, 3, 4, 0, 1, 1]
    own = F.normalize(joint, dim=1)
    parameters = {"text_residual.weight": torch.zeros(JOINT, TEXT, dtype=torch.float64)}

    def tuned():
        return F.normalize(own + F.linear(F.normalize(pre_joint, dim=1), parameters["text_residual.weight"]), dim=1)

    def loss_of(_step):
        y = tuned()
        gap = (y[anchors] * y[positives]).sum(1) - (y[anchors] * y[negatives]).sum(1)
        if loss == "softplus":
            wrong = F.softplus(-gap / settings["temperature"])
        else:
            wrong = F.relu(settings["margin"] - gap)
        return wrong.mean() + settings["pull"] * (1 - (y * own).sum(1)).mean()

    return {
        "loss": loss,
        **settings,
        "preJoint": plain(pre_joint),
        "joint": plain(joint),
        "triplets": {"anchors": anchors, "positives": positives, "negatives": negatives},
        **steps(parameters, loss_of, 3),
        "tuned": plain(tuned()),
    }


def main():
    paired = [{"audio": [0, 1, 2, 3], "text": [0, 1, 2, 3], "labels": [0, 1, 2, 3]},
              {"audio": [4, 2, 0, 5], "text": [4, 2, 0, 5], "labels": [4, 2, 0, 5]},
              {"audio": [5, 3, 1], "text": [5, 3, 1], "labels": [5, 3, 1]}]
    labelled = [{"audio": [0, 1, 2, 3, 4], "text": [0, 3, 1, 0, 2], "labels": [0, 0, 1, 0, 2]},
                {"audio": [5, 2, 6, 0, 1], "text": [4, 1, 4, 3, 0], "labels": [1, 1, 1, 0, 0]},
                {"audio": [6, 4, 3], "text": [1, 2, 3], "labels": [1, 2, 0]}]
    content = {
        "made": {"command": "python tools/goldens/projection_heads.py", "torch": torch.__version__, "numpy": np.__version__},
        "settings": SETTINGS,
        "heads": {
            "pairs, linear heads into a joint space": heads_case("linear", "linear", JOINT, 6, 6, paired),
            "labels, MLP heads into a joint space": heads_case("mlp", "mlp", JOINT, 7, 5, labelled),
            "labels, audio into the text space": heads_case("linear", "identity", TEXT, 7, 5, labelled),
            "labels, text into the audio space": heads_case("identity", "mlp", AUDIO, 7, 5, labelled),
        },
        "triplets": {
            "softplus": triplet_case("softplus", {"temperature": 0.1, "pull": 0.5}),
            "margin": triplet_case("margin", {"margin": 0.3, "pull": 0.25}),
        },
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(content) + "\n")


main()
