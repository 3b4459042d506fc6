"""Writes the golden files of packages/encoders/test/models/goldens/muscall.

    python tools/goldens/muscall.py

Needs torch, numpy and safetensors (torch 2.13, numpy 2.4, safetensors 0.8; meta.json records them). Weights come from a
counter, waveforms and ids from seeded generators, and torch runs on one thread, so a second run writes the same values.

For each of three small models there is the checkpoint and NAME.safetensors with inputs and what torch makes of them:

    wave         int16 [clips, samples], to be divided by 8192: the loudest clip is beyond 1
    ids          int64 [texts, context]
    audio.*, text.*   preJoint and joint of all inputs
    tap.*        the stages, of the last two clips (images as [b, c, h, w]) and of all texts

names.json has the names and shapes of the published model: its state dict without values.
"""

import hashlib
import json
import math
import platform
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import safetensors
import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).parent))
from counter_weights import counter_weights
from muscall_model import PUBLISHED, MusCALL, fill

OUT = Path(__file__).resolve().parents[2] / "packages" / "encoders" / "test" / "models" / "goldens" / "muscall"
SEED = 20240718
WAVE_SCALE = 8192

MODELS = {
    # As the published one in all but size; its clip of 126 frames is halved to odd sizes five times.
    "tiny": {
        "audio": dict(sample_rate=16000, seconds=1, n_fft=256, n_mels=64, f_max=11025.0, width=4, blocks=(2, 1, 1, 1),
                      hidden=12),
        "text": dict(vocabulary=520, context=16, channels=32, layers=2, heads=4, hidden=128),
        "projection": 16,
    },
    # Every size another one, and no two of them alike.
    "other": {
        "audio": dict(sample_rate=8000, seconds=0.9, n_fft=128, n_mels=96, f_max=3500.0, width=6, blocks=(1, 2, 1, 2),
                      hidden=10),
        "text": dict(vocabulary=90, context=13, channels=40, layers=3, heads=5, hidden=72),
        "projection": 14,
    },
    "average": {
        "audio": dict(sample_rate=16000, seconds=0.5, n_fft=256, n_mels=32, f_max=11025.0, width=4, blocks=(1, 1, 1, 1),
                      hidden=8, pooling="average"),
        "text": dict(vocabulary=40, context=8, channels=16, layers=1, heads=2, hidden=64),
        "projection": 6,
    },
}


def clips(sample_rate, seconds):
    """A rising tone in noise with a gap; the same after half of silence; noise beyond full scale; and silence with a click."""
    n = int(sample_rate * seconds)
    t = torch.arange(n) / n
    random = torch.Generator().manual_seed(n)
    tone = 0.4 * torch.sin(2 * math.pi * n * (0.02 * t + 0.15 * t**2)) + 0.05 * torch.randn(n, generator=random)
    tone[n // 3 : n // 3 + n // 10] = 0
    late = tone.clone()
    late[: n // 2] = 0
    loud = 2.5 * torch.sin(2 * math.pi * n * 0.11 * t) * torch.rand(n, generator=random)
    loud[n // 2 : n // 2 + n // 4] = 0
    click = torch.zeros(n)
    click[n // 5] = 0.7
    wave = torch.stack([tone, click, late, loud])
    return (wave * WAVE_SCALE).round().to(torch.int16)


def texts(vocabulary, context):
    """Start, tokens, end, zeros, of four lengths; of the fifth, there is an end token in the middle."""
    start, end = vocabulary - 2, vocabulary - 1
    random = torch.Generator().manual_seed(vocabulary)
    ids = torch.zeros(5, context, dtype=torch.long)
    for row, last in enumerate((2, context * 2 // 5, context * 3 // 4, context - 1, context - 2)):
        ids[row, :last] = torch.randint(1, start, (last,), generator=random)
        ids[row, 0], ids[row, last] = start, end
    ids[4, context // 2] = end
    return ids


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    torch.set_num_threads(1)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    for name, config in MODELS.items():
        wave = clips(config["audio"]["sample_rate"], config["audio"]["seconds"])
        ids = texts(config["text"]["vocabulary"], config["text"]["context"])
        weights = lambda key, shape: counter_weights(key, shape, SEED)  # noqa: E731
        model = fill(MusCALL(**config), weights, wave.float() / WAVE_SCALE)
        if name == "other":
            # As float16, to keep it small; the model computes with what that rounding left.
            half = {key: t.half() if t.is_floating_point() and ".spec." not in key else t
                    for key, t in model.state_dict().items()}
            model.load_state_dict(half)
            save_file(half, OUT / "other-model.safetensors")
        else:
            torch.save({"epoch": 7, "state_dict": model.state_dict(), "optimizer": {"state": {}, "param_groups": []}},
                       OUT / f"{name}.pth.tar")
        audio_taps, text_taps = {}, {}
        with torch.no_grad():
            audio, audio_joint = model.encode_audio(wave.float() / WAVE_SCALE, audio_taps)
            text, text_joint = model.encode_text(ids, text_taps)
        golden = {"wave": wave, "ids": ids, "audio.preJoint": audio, "audio.joint": audio_joint,
                  "text.preJoint": text, "text.joint": text_joint}
        if name != "average":
            golden |= {f"tap.{stage}": t[-2:] for stage, t in audio_taps.items()}
            golden |= {f"tap.{stage}": t for stage, t in text_taps.items()}
        save_file({key: t.contiguous() for key, t in golden.items()}, OUT / f"{name}.safetensors")

    published = MusCALL(**PUBLISHED).state_dict()
    shapes = {key: list(t.shape) for key, t in published.items()}
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(shape)}" for key, shape in shapes.items())
    (OUT / "names.json").write_text("{\n" + lines + "\n}\n")
    meta = {
        "made by": "python tools/goldens/muscall.py",
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__,
                     "safetensors": safetensors.__version__},
        "seed": SEED,
        "models": MODELS,
        "sha256": {path.name: sha256(path) for path in sorted(OUT.iterdir())},
    }
    # Lists of numbers on one line, as the formatter of the repository has them.
    text = re.sub(r"\[[\d\s,]+\]", lambda found: json.dumps(json.loads(found[0])), json.dumps(meta, indent=2))
    (OUT / "meta.json").write_text(text + "\n")
    for path in OUT.iterdir():
        path.chmod(0o644)


main()
