"""Writes the golden files of packages/encoders/test/models/goldens/clap.

    python tools/goldens/clap.py

Needs torch, transformers, tokenizers, safetensors and numpy; the versions that made the files are in meta.json. Weights come
from a counter and are rounded to half precision, waveforms from integers, and torch runs on one thread, so a second run writes
the same values (not the same bytes: torch puts a random id into every .pt).

For each of two small models there are its checkpoint as LAION's trainer writes it, the same weights as transformers writes
them, and NAME.safetensors with what torch makes of the inputs. Every output is computed twice, by transformers' ClapModel
and by the plain functions of clap_model.py, and the two must agree.

    CLIP.preJoint, CLIP.joint   a clip repeated, padded with zeros, and cut to what the tower reads: `same-input`
    CLIP.stretched              pre-joint of the clip repeated without padding, which the tower stretches: `study-pre-joint`
    tap.*                       the stages of the clip that needs neither
    ids                         int32 [texts, 77], the token ids of the texts in meta.json
    text.preJoint, text.joint   of the texts
    text.tap.*                  the stages of the first two texts, cut to the second's length
    huggingFace.*               all but taps once more, with the layer norms' epsilons of the model's config.json instead of
                                those of LAION's release

bicubic.json has columns of decibels, and what torch.nn.functional.interpolate makes of them.
published.json has the names and shapes of a published model of each kind: state dicts without values.

The waveforms are not stored: `wave` here and in clap-goldens.ts count the same integers.
"""

import base64
import collections
import hashlib
import json
import platform
import shutil
import sys
from pathlib import Path

from clap_model import htsat, laion_names, log_mel, project, roberta, shift_mask, slaney_filters
from counter_weights import counter_weights

# A script beside this one is called tokenizers.py, and would be taken for the library.
sys.path.remove(str(Path(__file__).resolve().parent))

import numpy as np  # noqa: E402
import safetensors  # noqa: E402
import tokenizers  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import ClapConfig, ClapModel  # noqa: E402

TESTS = Path(__file__).resolve().parents[2] / "packages" / "encoders" / "test"
OUT = TESTS / "models" / "goldens" / "clap"
SEED = 20240713
CONTEXT = 77
SAMPLE_RATE = 48_000
IMAGE, CLASSES = 64, 7
#: ClapModel and clap_model.py, both in float32, may differ by this much
AGREEMENT = 3e-6

MODELS = {
    # As HTSAT-tiny in all but size: four parts in time, windows of 4, shifted in two of three stages.
    "tiny": {
        "mel_bins": 16, "n_fft": 256, "hop": 120, "f_min": 50, "f_max": 14_000, "clip": 30_000,
        "clips": {"short": 7_000, "mid": 17_000, "exact": 30_000, "long": 41_000},
        "audio_eps": 2e-2, "text_eps": 1e-2, "file": "tiny.pt", "legacy": False, "half": False, "shard": None,
    },
    # Two parts in time, other filters, and the epsilons that a ClapModel has when its config.json says nothing.
    "other": {
        "mel_bins": 32, "n_fft": 256, "hop": 120, "f_min": 80, "f_max": 12_000, "clip": 14_640,
        "clips": {"short": 3_000, "mid": 8_000, "exact": 14_640, "long": 20_000},
        "audio_eps": None, "text_eps": None, "file": "other-legacy.pt", "legacy": True, "half": True, "shard": "60KB",
    },
}  # fmt: skip
#: of all layer norms in LAION's release
LAION_EPS = 1e-5

TEXTS = [
    "a violin",
    "Solo musical instrument sound of bass tuba, recorded in a small room.",
    "An accordion track with café noise; " * 8,
    "",
]


def wave(n, seed):
    """Codes of 16 bits, int16 [n]: a rising sawtooth, noise, and a tenth of silence."""
    codes, phase, state = np.zeros(n, np.int16), 0, seed
    for i in range(n):
        phase = (phase + 150 + i // 50) & 0xFFFF
        state = (state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        if not n // 3 <= i < n // 3 + n // 10:
            codes[i] = ((phase - 32_768) >> 2) + ((state >> 20) - 2_048)
    return codes


def fill(model, mel_bins):
    for name, tensor in model.state_dict().items():
        if not tensor.is_floating_point() or name.startswith("logit_scale"):
            continue
        # The layer norms of a trained RoBERTa read embeddings this small, which makes their epsilon count.
        scale = 0.1 if "text_model.embeddings" in name and tensor.ndim == 2 else 1
        values = torch.from_numpy(counter_weights(name, tensor.shape, SEED) * np.float32(scale))
        tensor.copy_(values.half())
    norm = model.audio_model.audio_encoder.batch_norm
    norm.running_mean.copy_(torch.linspace(-50, -30, mel_bins).half())
    norm.running_var.copy_(torch.linspace(100, 400, mel_bins).half())


def build(config, audio_eps, text_eps):
    """A ClapModel with counted weights; with transformers' own epsilons where they are None."""
    audio = dict(
        spec_size=IMAGE, num_mel_bins=config["mel_bins"], window_size=4, patch_embeds_hidden_size=8, depths=[2, 2, 2],
        num_attention_heads=[2, 4, 8], hidden_size=32, num_hidden_layers=3, num_classes=CLASSES,
    )  # fmt: skip
    text = dict(
        vocab_size=560, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=82,
    )  # fmt: skip
    for part, eps in ((audio, audio_eps), (text, text_eps)):
        if eps is not None:
            part["layer_norm_eps"] = eps
    model = ClapModel(ClapConfig(projection_dim=16, audio_config=audio, text_config=text)).eval()
    fill(model, config["mel_bins"])
    return model


def of_no_use(filters, image, window, stages, classes, joint, positions):
    """What a checkpoint of LAION's trainer has besides the weights that make embeddings."""
    (bins, mel_bins), ratio, last = filters.shape, image // filters.shape[1], stages[-1]
    state = {}
    for part in ("real", "imag"):
        # The DFT, which nobody reads; one number in the file.
        name = f"audio_branch.spectrogram_extractor.stft.conv_{part}.weight"
        state[name] = torch.zeros(1).expand(bins, 1, 2 * bins - 2)
    for stage, depth in enumerate(stages):
        grid = image // 4 // 2**stage
        for block in range(depth):
            name = f"audio_branch.layers.{stage}.blocks.{block}"
            if block % 2 == 1 and grid > window:
                state[f"{name}.attn_mask"] = shift_mask(grid, window, window // 2)
    channels, rows = joint["audio"], image // 4 // 2 ** (len(stages) - 1) // ratio
    shapes = {"tscam_conv.weight": (classes, channels, rows, 3), "tscam_conv.bias": (classes,),
              "head.weight": (classes, classes), "head.bias": (classes,)}  # fmt: skip
    shapes = {f"audio_branch.{name}": shape for name, shape in shapes.items()}
    for side in ("audio", "text"):
        for i in (0, 3):
            shapes[f"{side}_transform.sequential.{i}.weight"] = (joint["both"], joint["both"])
            shapes[f"{side}_transform.sequential.{i}.bias"] = (joint["both"],)
    state |= {name: torch.from_numpy(counter_weights(name, shape, SEED)) for name, shape in shapes.items()}
    state["text_branch.embeddings.position_ids"] = torch.arange(positions)[None]
    return state


def trainer_checkpoint(state, filters, half):
    """What LAION's trainer saves: the names of DistributedDataParallel, its optimiser, and more."""
    state = dict(state) | {"audio_branch.logmel_extractor.melW": filters}
    state |= of_no_use(filters, IMAGE, 4, (2, 2, 2), CLASSES, {"audio": 32, "both": 16}, 82)
    if half:
        # Not the filters, whose float32 is what the trainer computed, nor the DFT, which would become as large as it looks.
        keep = ("melW", "conv_real.weight", "conv_imag.weight")
        state = {k: v.half() if v.is_floating_point() and not k.endswith(keep) else v for k, v in state.items()}
    named = collections.OrderedDict((f"module.{name}", value) for name, value in state.items())
    named._metadata = collections.OrderedDict([("", {"version": 1})])
    adam = {"state": {0: {"step": 3, "exp_avg": torch.ones(3)}}, "param_groups": [{"lr": np.float64(1e-4), "params": [0]}]}
    return {"epoch": 15, "name": "small", "state_dict": named, "optimizer": adam}


def without_buffers(state):
    """Those of RoBERTa that only transformers saves."""
    return {k: v for k, v in state.items() if not k.endswith(("token_type_ids", "position_ids"))}


def published():
    """Names and shapes of laion/clap-htsat-unfused (HTSAT-tiny), and of an HTSAT-base as LAION's trainer saves it."""
    with torch.device("meta"):
        tiny = ClapModel(ClapConfig()).state_dict()
        audio = dict(patch_embeds_hidden_size=128, depths=[2, 2, 12, 2], hidden_size=1024)
        base = laion_names(without_buffers(ClapModel(ClapConfig(audio_config=audio)).state_dict()))
    filters = slaney_filters(SAMPLE_RATE, 1024, 64, 50, 14_000)
    base["audio_branch.logmel_extractor.melW"] = filters
    base |= of_no_use(filters, 256, 8, (2, 2, 12, 2), 527, {"audio": 1024, "both": 512}, 514)
    models = {"HTSAT-tiny from Hugging Face": tiny, "HTSAT-base from LAION": base}
    return {model: {name: list(value.shape) for name, value in state.items()} for model, state in models.items()}


def agreed(plain, reference, what):
    gap = (plain - reference).abs().max().item()
    assert gap <= AGREEMENT, f"{what}: ClapModel and clap_model.py differ by {gap}"
    return plain


def repeated(samples, clip):
    return samples.repeat(max(1, clip // len(samples)))


def padded(samples, clip):
    return torch.nn.functional.pad(samples, (0, max(0, clip - len(samples))))


def chunks(samples, clip):
    """Pieces of `clip` samples with their weights; the last one ends with the clip, and weighs what is new in it."""
    pieces, covered = [], 0
    while covered < len(samples):
        start = max(0, min(covered, len(samples) - clip))
        pieces.append((samples[start : start + clip], min(1.0, (start + clip - covered) / len(samples))))
        covered += clip
    return pieces


def audio_goldens(model, state, filters, config):
    eps = model.config.audio_config.layer_norm_eps

    def embed(samples, tap=None):
        decibels = log_mel(samples[None], filters, config["hop"])
        reference = model.audio_model(input_features=decibels[:, None], is_longer=torch.zeros(1, 1).bool()).pooler_output
        if tap is None:
            return agreed(htsat(state, decibels, IMAGE, eps), reference, "audio")
        tap("logmel", decibels)
        return agreed(htsat(state, decibels, IMAGE, eps, tap), reference, "audio")

    golden, clip = {}, config["clip"]
    for name, n in config["clips"].items():
        samples = torch.from_numpy(wave(n, n)).float() / 32_767
        whole = repeated(samples, clip)
        pre_joint = sum(weight * embed(piece) for piece, weight in chunks(padded(whole, clip), clip))
        ends = [whole[:clip], whole[-clip:]] if n > clip else [whole]
        golden |= {
            f"{name}.preJoint": pre_joint,
            f"{name}.joint": project(state, "audio", pre_joint),
            f"{name}.stretched": sum(embed(piece) for piece in ends) / len(ends),
        }
        projected = model.audio_projection(pre_joint)
        agreed(golden[f"{name}.joint"], projected / projected.norm(dim=-1, keepdim=True), "audio projection")
        if name == "exact":
            embed(whole, lambda stage, value: golden.update({f"tap.{stage}": value}))
    return golden


def text_goldens(model, state, ids):
    def embed(rows, tap=lambda name, value: None):
        reference = model.text_model(input_ids=rows, attention_mask=(rows != 1).long()).pooler_output
        eps = model.config.text_config.layer_norm_eps
        return agreed(roberta(state, rows, heads=4, eps=eps, tap=tap), reference, "text")

    golden = {"text.preJoint": embed(ids)}
    golden["text.joint"] = project(state, "text", golden["text.preJoint"])
    shorter = ids[:2, : (ids[1] != 1).sum()]
    embed(shorter, lambda stage, value: golden.update({f"text.tap.{stage}": value}))
    return golden


def save_hugging_face(model, folder, config):
    shards = {} if config["shard"] is None else {"max_shard_size": config["shard"]}
    model.half().save_pretrained(folder, **shards)
    # Releases of transformers differ in whether they write what has its default.
    path = folder / "config.json"
    written = json.loads(path.read_text())
    for part in ("audio", "text"):
        if config[f"{part}_eps"] is None:
            del written[f"{part}_config"]["layer_norm_eps"]
    path.write_text(json.dumps(written, indent=2) + "\n")


def token_ids():
    tokenizer = tokenizers.Tokenizer.from_file(str(TESTS / "text" / "goldens" / "roberta-tokenizer.json"))
    tokenizer.enable_truncation(CONTEXT)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>", length=CONTEXT)
    return torch.tensor([encoding.ids for encoding in tokenizer.encode_batch(TEXTS)])


def bicubic():
    columns = torch.randn(1001, 2, generator=torch.Generator().manual_seed(SEED)) * 20 - 40

    def array(values):
        return {"dtype": "float32", "shape": list(values.shape), "data": base64.b64encode(values.numpy().tobytes()).decode()}

    cases = []
    for n, to in ((1001, 1024), (501, 1024), (251, 256)):
        given = columns[:n].contiguous()
        resized = torch.nn.functional.interpolate(given[None, None], (to, 2), mode="bicubic", align_corners=True)
        cases.append({"from": n, "to": to, "input": array(given), "output": array(resized[0, 0])})
    return cases


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    ids = token_ids()
    tokens = (ids != 1).sum(1).tolist()
    with torch.no_grad():
        for name, config in MODELS.items():
            filters = slaney_filters(SAMPLE_RATE, config["n_fft"], config["mel_bins"], config["f_min"], config["f_max"])
            filters = filters.float()
            as_released = build(config, LAION_EPS, LAION_EPS)
            as_configured = build(config, config["audio_eps"], config["text_eps"])
            state = laion_names(without_buffers(as_released.state_dict()))

            def goldens(model):
                return audio_goldens(model, state, filters, config) | text_goldens(model, state, ids)

            golden = {"ids": ids.int()} | goldens(as_released)
            golden |= {f"huggingFace.{k}": v for k, v in goldens(as_configured).items() if "tap." not in k}
            save_file({k: v.contiguous() for k, v in golden.items()}, OUT / f"{name}.safetensors")

            checkpoint = trainer_checkpoint(state, filters, config["half"])
            torch.save(checkpoint, OUT / config["file"], _use_new_zipfile_serialization=not config["legacy"])
            save_hugging_face(as_configured, OUT / f"{name}-hugging-face", config)

    (OUT / "bicubic.json").write_text(json.dumps(bicubic()) + "\n")
    (OUT / "published.json").write_text(json.dumps(published()) + "\n")
    files = {str(path.relative_to(OUT)): path for path in sorted(OUT.rglob("*")) if path.is_file()}
    meta = {
        "made by": "python tools/goldens/clap.py",
        "versions": {
            "python": platform.python_version(),
            **{module.__name__: module.__version__ for module in (torch, transformers, tokenizers, safetensors, np)},
        },
        "seed": SEED,
        "models": MODELS,
        "texts": TEXTS,
        "tokens": tokens,
        "sha256": {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()},
    }
    (OUT / "meta.json").write_text(json.dumps(meta, indent=2, ensure_ascii=False) + "\n")
    for name, path in files.items():
        print(f"{path.stat().st_size:8} {name}")


main()
