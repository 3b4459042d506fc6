"""Writes the golden files of packages/encoders/test/full/goldens: what torch makes of models of the published sizes.

    python tools/goldens/full_size.py

Needs torch, transformers, numpy and safetensors; meta.json records the versions. Takes a minute and 3 GB. Weights, sounds
and token ids come from counters (counter_weights.py), and the test makes the same numbers; meta.json has a SHA-256 of the
weights of each model, by which it can tell that they are.

    audio.preJoint, audio.joint   of the clips of `clips`, each prepared as the model's default length policy does
    text.preJoint, text.joint     of the rows of `rows`
    statistics.*                  means and variances of MusCALL's batch normalisations, which no counter can know

LAION-CLAP, of HTSAT-base and RoBERTa-base, is computed by transformers' ClapModel. MusCALL is the module of muscall_model.py.
"""

import hashlib
import json
import platform
import shutil
import sys
from pathlib import Path

from clap_model import laion_names, log_mel, slaney_filters
from counter_weights import counter_weights, integers
from muscall_model import PUBLISHED, MusCALL, fill

# A script beside this one is called tokenizers.py, and would be taken for the library.
sys.path.remove(str(Path(__file__).resolve().parent))

import numpy as np  # noqa: E402
import safetensors  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import ClapConfig, ClapModel  # noqa: E402

TESTS = Path(__file__).resolve().parents[2] / "packages" / "encoders" / "test"
OUT = TESTS / "full" / "goldens"
SEED = 20240717


def clips(clip):
    """
    Codes of 16 bits: a rising sawtooth in noise; loud noise of half the length; noise that is hardly there; a falling sawtooth
    with silence in its middle.
    """

    def saw(n, first, last):
        i = np.arange(n, dtype=np.int64)
        return ((first * i + (last - first) * i * i // (2 * n)) % 65_536 - 32_768) >> 2

    def noise(name, n):
        return integers(name, n, SEED).astype(np.int64)

    gap = saw(clip, 2_000, 100)
    gap[clip // 4 : clip // 2] = 0
    codes = [
        saw(clip, 150, 9_000) + (noise("clip0", clip) >> 21) - 1_024,
        (noise("clip1", clip // 2) >> 16) - 32_768,
        (noise("clip2", clip) >> 29) - 4,
        gap,
    ]
    return [x.astype(np.int16) for x in codes]


def rows(vocabulary, start, end):
    """Token ids without padding: the shortest text, some longer ones, and one that fills the context."""
    low, high = 3, vocabulary - 3

    def inside(count):
        return (integers(f"row{count}", count, SEED) % np.uint32(high - low)).astype(np.int64) + low

    return [[start, *inside(count).tolist(), end] for count in (1, 4, 11, 30, 75)]


def padded(ids, pad):
    return torch.tensor([row + [pad] * (77 - len(row)) for row in ids])


def digest(tensors):
    """Of names and values, in the order of the names."""
    sha = hashlib.sha256()
    for name in sorted(tensors):
        sha.update(name.encode())
        sha.update(np.ascontiguousarray(tensors[name], "<f4").tobytes())
    return sha.hexdigest()


def spread(what, x):
    """Random weights can make the same of everything, and then a golden file shows nothing."""
    cosines = torch.nn.functional.cosine_similarity(x[:, None], x[None], dim=-1)
    largest = (cosines - 2 * torch.eye(len(x))).max().item()
    print(f"{what}: largest value {x.abs().max():.3f}, largest cosine of two rows {largest:.4f}")
    assert torch.isfinite(x).all() and largest < 0.999


def laion():
    audio = dict(patch_embeds_hidden_size=128, depths=[2, 2, 12, 2], hidden_size=1024)
    text = dict(layer_norm_eps=1e-5)
    model = ClapModel(ClapConfig(audio_config=audio, text_config=text)).eval()
    hugging_face = {k: v for k, v in model.state_dict().items() if v.is_floating_point() and "logit_scale" not in k}
    names = laion_names(hugging_face)
    weights = {name: counter_weights(name, value.shape, SEED) for name, value in names.items()}
    for name, value in names.items():
        if ".attn.qkv." in name:
            # Names that were not joined are views of the model; those that were are copies.
            query = name.replace("audio_branch.", "audio_model.audio_encoder.").replace("attn.qkv", "attention.self.query")
            for part, values in zip(("query", "key", "value"), torch.from_numpy(weights[name]).chunk(3)):
                hugging_face[query.replace(".query.", f".{part}.")].copy_(values)
        else:
            value.copy_(torch.from_numpy(weights[name]))
    joined = laion_names(hugging_face)
    wrong = [name for name in weights if not np.array_equal(joined[name].numpy(), weights[name])]
    assert not wrong, wrong

    filters = slaney_filters(48_000, 1024, 64, 50, 14_000).float()
    wave = torch.zeros(4, 480_000)
    for row, codes in enumerate(clips(480_000)):
        whole = torch.from_numpy(codes).float() / 32_767
        whole = whole.repeat(480_000 // len(whole))
        wave[row, : len(whole)] = whole
    decibels = log_mel(wave, filters, 480)
    audio = model.audio_model(input_features=decibels[:, None], is_longer=torch.zeros(4, 1).bool()).pooler_output
    ids = padded(rows(50_265, 0, 2), 1)
    text = model.text_model(input_ids=ids, attention_mask=(ids != 1).long()).pooler_output
    unit = torch.nn.functional.normalize
    golden = {"audio.preJoint": audio, "audio.joint": unit(model.audio_projection(audio), dim=-1),
              "text.preJoint": text, "text.joint": unit(model.text_projection(text), dim=-1)}  # fmt: skip
    return golden, weights


def muscall():
    wave = torch.zeros(4, 320_000)
    for row, codes in enumerate(clips(320_000)):
        wave[row, : len(codes)] = torch.from_numpy(codes).float() / 32_767
    model = fill(MusCALL(**PUBLISHED), lambda name, shape: counter_weights(name, shape, SEED), wave)
    weights = {name: value.numpy() for name, value in model.named_parameters() if name != "logit_scale"}
    statistics = {f"statistics.{k}": v for k, v in model.state_dict().items() if "running_" in k}
    audio, audio_joint = model.encode_audio(wave)
    text, text_joint = model.encode_text(padded(rows(49_406, 49_406, 49_407), 0))
    golden = {"audio.preJoint": audio, "audio.joint": audio_joint, "text.preJoint": text, "text.joint": text_joint}
    return golden | statistics, weights


def main():
    torch.set_num_threads(1)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    digests = {}
    with torch.no_grad():
        for name, make in (("laion-clap", laion), ("muscall", muscall)):
            golden, weights = make()
            for key in ("audio.preJoint", "audio.joint", "text.preJoint", "text.joint"):
                spread(f"{name} {key}", golden[key])
            digests[name] = {"tensors": len(weights), "sha256": digest(weights)}
            save_file({key: value.contiguous() for key, value in golden.items()}, OUT / f"{name}.safetensors")
    meta = {
        "made by": "python tools/goldens/full_size.py",
        "versions": {
            "python": platform.python_version(),
            **{module.__name__: module.__version__ for module in (torch, transformers, safetensors, np)},
        },
        "seed": SEED,
        "weights": digests,
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(OUT.iterdir())},
    }
    (OUT / "meta.json").write_text(json.dumps(meta, indent=2) + "\n")
    for path in OUT.iterdir():
        path.chmod(0o644)


main()
