"""Writes the golden files of packages/encoders/test/checkpoint/goldens.

    python tools/goldens/checkpoint.py

Needs torch, numpy and safetensors; the versions that made the files are recorded in expected.json (torch 2.13,
numpy 2.4, safetensors 0.8). Inputs are seeded, so a second run writes the same values (not the same bytes: torch puts a
random serialization id into every file).

expected.json holds, for every tensor of every file, what torch itself sees: dtype, shape, the bytes of its values in
row-major order, and the bytes of `tensor.float()`, both little-endian in base64.
"""

import base64
import collections
import hashlib
import json
import os
import platform
import shutil
from pathlib import Path

import numpy as np
import safetensors
import torch
from safetensors.torch import save_file
from torch import nn

OUT = Path(__file__).resolve().parents[2] / "packages" / "encoders" / "test" / "checkpoint" / "goldens"
shutil.rmtree(OUT, ignore_errors=True)
OUT.mkdir(parents=True)
torch.manual_seed(0)
expected: dict[str, dict] = {}


def raw(tensor: torch.Tensor) -> str:
    flat = tensor.detach().contiguous().reshape(-1)
    return base64.b64encode(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"").decode()


def expect(file: str, tensors: dict) -> None:
    expected[file] = {
        name: {
            "dtype": str(t.dtype).removeprefix("torch."),
            "shape": list(t.shape),
            "values": raw(t),
            **({} if t.dtype.is_complex else {"float32": raw(t.detach().float())}),
        }
        for name, t in tensors.items()
    }


def save(file: str, content, tensors: dict, **options) -> None:
    torch.save(content, OUT / file, **options)
    expect(file, tensors)


class Tiny(nn.Module):
    """A little of everything that a checkpoint of a model holds: weights, running statistics, counters, index buffers."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.norm = nn.BatchNorm1d(3)
        self.embedding = nn.Embedding(5, 4)
        self.register_buffer("position_ids", torch.arange(7).expand(1, -1))
        self.register_buffer("logit_scale", torch.tensor(2.6592))

    def forward(self, x):
        return self.norm(self.linear(x + self.embedding.weight[:2].sum(0))) * self.logit_scale


# ---- a training checkpoint as LAION-CLAP's trainer writes it, after one real step of AdamW ----
model = Tiny()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
model(torch.randn(6, 4)).square().sum().backward()
optimizer.step()
optimizer.param_groups[0]["lr"] = np.float64(1e-4)  # the reference's cosine schedule assigns numpy's numbers
state = model.state_dict()
assert "_metadata" in vars(state)
plain = collections.OrderedDict((name, t.clone()) for name, t in state.items())
parallel = collections.OrderedDict(("module." + name, t) for name, t in state.items())
parallel._metadata = state._metadata
training = {
    "epoch": 15,
    "name": "tiny",
    "state_dict": parallel,
    "optimizer": optimizer.state_dict(),
    "best": np.float64(0.9014),
    "scaler": None,
    "amp": False,
}
save("training.pt", training, plain)
save("training-legacy.pt", training, plain, _use_new_zipfile_serialization=False)
for protocol in (2, 4, 5):
    save(f"protocol-{protocol}.pt", training, plain, pickle_protocol=protocol)
save("state-dict.bin", state, plain)
save("parameters.pt", {"state_dict": dict(model.named_parameters())}, dict(model.named_parameters()))
save("mixed-prefix.pt", {"module.a": torch.ones(1), "b": torch.ones(1)}, {})
save("nested.pt", {"model": plain, "epoch": 3}, plain)

# ---- every dtype, and views of every kind ----
base = torch.arange(24.0).reshape(4, 6)
deep = torch.randn(2, 3, 4, 5)
halves = torch.tensor([0.0, -0.0, 6e-8, 1e-7, 6.1e-5, 1.0, -2.5, 65504.0, float("inf"), float("-inf"), float("nan")])
views = {
    "base": base,
    "transposed": base.t(),
    "sliced": base[2:, 1:3],
    "stepped": base[::2, ::3],
    "row": base[3],
    "column": base[:, 5],
    "expanded": torch.tensor([[1.5, 2.5, 3.5]]).expand(2, 3),
    "expanded.scalar": torch.tensor(7.0).expand(2, 3),
    "permuted": deep.permute(3, 0, 2, 1),
    "permuted.part": deep[:, 1:].permute(2, 3, 1, 0)[1:3],
    "channels_last": deep.contiguous(memory_format=torch.channels_last),
    "diagonal": base.as_strided((4,), (7,)),
    "scalar": torch.tensor(3.25),
    "empty": torch.empty(0, 3),
    "empty.view": base[:, 6:],
    "single": torch.ones(1, 1, 5)[:, :, 2:3],
    "half": halves.half(),
    "bfloat16": torch.cat([halves, torch.tensor([3.3895e38, 1e-40])]).bfloat16(),
    "half.transposed": torch.randn(3, 5).half().t(),
    "double": torch.tensor([0.1, 1e300, -1e-50, 1 / 3, 2.0**-149, 16777217.0], dtype=torch.float64),
    "long": torch.tensor([2**40, -(2**40), 2**53 + 1, 2**60 + 2**36 + 1, -(2**63), 2**63 - 1, 2**24 + 1]),
    "int": torch.tensor([2**31 - 1, -(2**31), 2**24 + 1], dtype=torch.int32),
    "short": torch.tensor([-32768, 32767], dtype=torch.int16),
    "char": torch.tensor([-128, 127], dtype=torch.int8),
    "byte": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "bool.expanded": torch.tensor([True]).expand(4),
    "uint16": torch.tensor([0, 65535], dtype=torch.uint16),
    "uint32": torch.tensor([0, 2**32 - 1, 2**24 + 1], dtype=torch.uint32),
    "uint64": torch.tensor([0, 2**63 - 1, 2**60 + 2**36 + 1], dtype=torch.uint64),
}
save("views.pt", views, views)
# The old container has no name for the unsigned types.
old = {name: t for name, t in views.items() if not name.startswith("uint")}
save("views-legacy.pt", old, old, _use_new_zipfile_serialization=False)
flat = {name: t.contiguous().clone() for name, t in views.items()}
save_file(flat, OUT / "dtypes.safetensors", metadata={"format": "pt", "trained on": "nothing"})
expect("dtypes.safetensors", flat)
save("complex.pt", {"fine": torch.ones(2), "z": torch.ones(2, dtype=torch.complex64)}, {})
save_file({"a": torch.ones(2), "f": torch.ones(4).to(torch.float8_e4m3fn)}, OUT / "float8.safetensors")

# All finite and infinite halves at once; NaN has many patterns that mean the same.
patterns = np.arange(65536, dtype=np.uint16)
every = torch.from_numpy(patterns.view(np.float16)).float().numpy()
half_sha = hashlib.sha256(every[~np.isnan(every)].tobytes()).hexdigest()

# ---- shards ----
names = list(flat)
for folder, suffix in (("sharded-safetensors", "safetensors"), ("sharded-bin", "bin")):
    (OUT / folder).mkdir()
    stem = "model" if suffix == "safetensors" else "pytorch_model"
    parts = [{n: t for n, t in plain.items() if n.startswith("linear")}, {n: t for n, t in plain.items() if not n.startswith("linear")}]
    weight_map = {}
    for i, part in enumerate(parts):
        file = f"{stem}-{i + 1:05}-of-{len(parts):05}.{suffix}"
        (save_file if suffix == "safetensors" else torch.save)(dict(part), OUT / folder / file)
        weight_map.update({name: file for name in part})
    total = sum(t.numel() * t.element_size() for t in plain.values())
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    (OUT / folder / f"{stem}.{suffix}.index.json").write_text(json.dumps(index, indent=2) + "\n")
    expect(f"{folder}/{stem}.{suffix}.index.json", dict(plain))


# ---- a file that runs a command in whoever unpickles it ----
class Evil:
    def __reduce__(self):
        return (os.system, ("touch irec-evil-was-here",))


torch.save({"state_dict": plain, "x": Evil()}, OUT / "evil.pt")
torch.save({"state_dict": plain, "x": Evil()}, OUT / "evil-legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"state_dict": {"fine": torch.ones(1), "bad": Evil()}}, OUT / "evil-inside.pt")
expect("evil.pt", plain)
expect("evil-legacy.pt", plain)

(OUT / "expected.json").write_text(
    json.dumps(
        {
            "made by": "tools/goldens/checkpoint.py",
            "versions": {
                "python": platform.python_version(),
                "torch": torch.__version__.split("+")[0],
                "numpy": np.__version__,
                "safetensors": safetensors.__version__,
            },
            "sha256 of the 63490 halves that are not NaN, as float32": half_sha,
            "optimiser": [
                raw(t) for moments in optimizer.state_dict()["state"].values() for t in moments.values() if t.ndim > 0
            ],
            "files": expected,
        },
        indent=1,
    )
    + "\n"
)
print(sum(p.stat().st_size for p in OUT.rglob("*") if p.is_file()), "bytes", int((~np.isnan(every)).sum()), "halves")
