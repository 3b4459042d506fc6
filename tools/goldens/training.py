"""Writes the golden files of packages/encoders/test/training/goldens/contrastive.

    python tools/goldens/training.py

Needs torch, numpy and safetensors (torch 2.13, numpy 2.4, safetensors 0.8; meta.json records them), and the small MusCALL of
tools/goldens/muscall.py, whose weights, waveforms and ids it takes. Torch runs on one thread, so that a second run writes the
same values.

operations.safetensors   for each operation CASE: CASE.in.NAME, CASE.out, CASE.dout, and CASE.grad.NAME for each input that has
                         one; images are [b, h, w, c], filters [h, w, in, out]
steps.safetensors        three steps of AdamW on the first four clips and texts: loss.N, lr.N, the gradients of the first step
                         as grad.NAME, and the state dict behind the last as final.NAME
losses.safetensors       scaled cosines and similarities of captions, float64, with both losses and their gradients
"""

import hashlib
import json
import math
import platform
import sys
from pathlib import Path

import numpy as np
import safetensors
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).parent))
from muscall_model import MusCALL

TESTS = Path(__file__).resolve().parents[2] / "packages" / "encoders" / "test"
OUT = TESTS / "training" / "goldens" / "contrastive"
WAVE_SCALE = 8192
PAIRS = 4
TINY = {
    "audio": dict(sample_rate=16000, seconds=1, n_fft=256, n_mels=64, f_max=11025.0, width=4, blocks=(2, 1, 1, 1),
                  hidden=12),
    "text": dict(vocabulary=520, context=16, channels=32, layers=2, heads=4, hidden=128),
    "projection": 16,
}

random = torch.Generator().manual_seed(20240719)


def normal(*shape):
    return torch.randn(*shape, generator=random)


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def convolve(stride):
    return lambda x, weight: nhwc(F.conv2d(nchw(x), weight.permute(3, 2, 0, 1), stride=stride, padding=weight.shape[0] // 2))


def batch_norm(x, gamma, beta):
    return F.batch_norm(x.flatten(0, -2), None, None, gamma, beta, training=True).view(x.shape)


def self_attention(qkv, mask, kept, heads=3):
    b, n, width = qkv.shape
    q, k, v = qkv.view(b, n, 3, heads, -1).permute(2, 0, 3, 1, 4)
    weights = (q @ k.transpose(2, 3) * q.shape[-1] ** -0.5 + mask).softmax(-1)
    return ((weights * kept) @ v).transpose(1, 2).reshape(b, n, width // 3)


def attend_once(query, key, value, heads=2):
    by_head = lambda x: x.view(len(x), -1, heads, x.shape[-1] // heads).transpose(1, 2)  # noqa: E731
    q, k, v = by_head(query), by_head(key), by_head(value)
    weights = (q @ k.transpose(2, 3) * q.shape[-1] ** -0.5).softmax(-1)
    return (weights @ v).transpose(1, 2).reshape(query.shape)


def mean_and_places(x, positions):
    places = x.flatten(1, 2)
    return torch.cat([places.mean(1, keepdim=True), places], 1) + positions


def embed(tokens, positions):
    return tokens[IDS] + positions[: IDS.shape[1]]


IDS = torch.tensor([[6, 1, 1, 0], [3, 6, 5, 0], [0, 0, 2, 6]])
MASK = torch.full((5, 5), -3.4e38).triu(1)
KEPT = (torch.rand(2, 3, 5, 5, generator=random) > 0.3).float() / 0.7

# Operation, inputs that are trained, inputs that are not.
CASES = {
    "linear": (lambda x, weight, bias: x @ weight + bias,
               {"x": normal(3, 4, 5), "weight": normal(5, 7), "bias": normal(7)}, {}),
    "convolution1": (convolve(1), {"x": normal(2, 5, 4, 3), "weight": normal(1, 1, 3, 6)}, {}),
    "convolution3": (convolve(1), {"x": normal(2, 5, 4, 3), "weight": normal(3, 3, 3, 6)}, {}),
    "convolution3of2": (convolve(2), {"weight": normal(3, 3, 1, 4)}, {"x": normal(2, 7, 6, 1)}),
    "batchNorm": (batch_norm, {"x": 3 * normal(2, 5, 4, 3) - 2, "gamma": normal(3), "beta": normal(3)}, {}),
    "batchNormRelu": (lambda *xs: batch_norm(*xs).relu(),
                      {"x": 3 * normal(2, 5, 4, 3) - 2, "gamma": normal(3), "beta": normal(3)}, {}),
    "averagePool": (lambda x: nhwc(F.avg_pool2d(nchw(x), 2)), {"x": normal(2, 5, 7, 3)}, {}),
    "selfAttention": (self_attention, {"qkv": normal(2, 5, 18)}, {"mask": MASK, "kept": KEPT}),
    "attendOnce": (attend_once, {"query": normal(3, 8), "key": normal(3, 5, 8), "value": normal(3, 5, 8)}, {}),
    "layerNorm": (lambda x, gamma, beta: F.layer_norm(x, gamma.shape, gamma, beta),
                  {"x": 2 * normal(2, 3, 9) + 1, "gamma": normal(9), "beta": normal(9)}, {}),
    "gelu": (F.gelu, {"x": 4 * normal(5, 8)}, {}),
    "addRelu": (lambda a, b: (a + b).relu(), {"a": normal(4, 5), "b": normal(4, 5)}, {}),
    "meanAndPlaces": (mean_and_places, {"map": normal(2, 2, 3, 4), "positions": normal(7, 4)}, {}),
    "meanOfPlaces": (lambda map: map.mean((1, 2)), {"map": normal(2, 2, 3, 4)}, {}),
    "embed": (embed, {"tokens": normal(7, 4), "positions": normal(6, 4)}, {"ids": IDS}),
    "unitRows": (lambda x: x / x.norm(dim=-1, keepdim=True), {"x": normal(4, 6)}, {}),
    # More channels than the four that are computed at a time, and a rest.
    "batchNormRelu6": (lambda *xs: batch_norm(*xs).relu(),
                       {"x": normal(2, 3, 4, 6) + 5, "gamma": normal(6), "beta": normal(6)}, {}),
}


def operations():
    golden = {}
    for case, (operation, trained, fixed) in CASES.items():
        inputs = {name: x.clone().requires_grad_() for name, x in trained.items()}
        arguments = inputs if case == "embed" else {**inputs, **fixed}
        if case == "convolution3of2":
            arguments = {"x": fixed["x"], "weight": inputs["weight"]}
        out = operation(*arguments.values())
        dout = normal(*out.shape)
        out.backward(dout)
        golden |= {f"{case}.in.{name}": x for name, x in {**trained, **fixed}.items()}
        golden |= {f"{case}.out": out.detach(), f"{case}.dout": dout}
        golden |= {f"{case}.grad.{name}": x.grad for name, x in inputs.items()}
    return golden


def clip_loss(logits):
    diagonal = torch.arange(len(logits))
    return (F.cross_entropy(logits, diagonal) + F.cross_entropy(logits.T, diagonal)) / 2


def weighted_loss(logits, similarity):
    n = len(logits)
    likeness = (similarity * (1 - torch.eye(n))).mean(1)
    weights = (likeness / likeness.sum() / 0.01).exp()
    diagonal = torch.arange(n)
    one_way = lambda s: (weights * F.cross_entropy(s, diagonal, reduction="none")).sum() / weights.sum()  # noqa: E731
    return (one_way(logits) + one_way(logits.T)) / 2


def losses():
    n = 6
    vectors = F.normalize(normal(n, 5).double() + 1, dim=1)
    logits = (F.normalize(normal(n, 8).double(), dim=1) @ F.normalize(normal(n, 8).double(), dim=1).T / 0.07).requires_grad_()
    golden = {"logits": logits.detach().clone(), "similarity": vectors @ vectors.T}
    for name, loss in (("clip", clip_loss(logits)), ("weighted", weighted_loss(logits, golden["similarity"]))):
        (gradient,) = torch.autograd.grad(loss, logits)
        golden |= {f"{name}.loss": loss.detach(), f"{name}.gradient": gradient}
    return golden


def steps():
    models = TESTS / "models" / "goldens" / "muscall"
    model = MusCALL(**TINY)
    model.load_state_dict(torch.load(models / "tiny.pth.tar")["state_dict"])
    inputs = load_file(models / "tiny.safetensors")
    wave, ids = inputs["wave"][:PAIRS].float() / WAVE_SCALE, inputs["ids"][:PAIRS]
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=2.5)
    model.train()
    golden = {}
    for step in range(3):
        (_, audio), (_, text) = model.encode_audio(wave), model.encode_text(ids)
        loss = clip_loss(model.logit_scale.exp() * text @ audio.T)
        loss.backward()
        golden[f"loss.{step}"], golden[f"lr.{step}"] = loss.detach(), torch.tensor(schedule.get_last_lr()[0], dtype=torch.float64)
        if step == 0:
            golden |= {f"grad.{name}": p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
        optimiser.step()
        with torch.no_grad():
            model.logit_scale.clamp_(max=math.log(100))
        schedule.step()
        optimiser.zero_grad()
    unchanged = lambda name: ".spec." in name  # noqa: E731
    return golden | {f"final.{name}": x for name, x in model.state_dict().items() if not unchanged(name)}


def main():
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    for name, make in (("operations", operations), ("losses", losses), ("steps", steps)):
        save_file({key: x.detach().contiguous() for key, x in make().items()}, OUT / f"{name}.safetensors")
    meta = {
        "made by": "python tools/goldens/training.py",
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__,
                     "safetensors": safetensors.__version__},
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(OUT.glob("*.safetensors"))},
    }
    (OUT / "meta.json").write_text(json.dumps(meta, indent=2) + "\n")
    for path in OUT.iterdir():
        path.chmod(0o644)


main()
