"""LAION-CLAP of the published size (HTSAT-base, RoBERTa-base) with random weights, by transformers' ClapModel on torch.

    python clap.py checkpoint FILE                         makes a checkpoint as LAION's trainer saves it, with its optimiser: 2.3 GB
    python clap.py onnx CHECKPOINT TASK FILE               writes the tower of a task as ONNX, and FILE.input with what it reads
    python clap.py serve CHECKPOINT TASK THREADS           embeds once for each line on stdin, and prints how long that took
    python clap.py embed CHECKPOINT FOLDER THREADS OUT     embeds the sound files of a folder, 8 at a time, into OUT/joint.npy and OUT/pre_joint.npy
    python clap.py load CHECKPOINT WAY THREADS FILE.wav    opens the checkpoint and embeds one file; the time of each, and the peak memory

TASK is JSON: {"kind": "audio", "wav": FILE, "batch": 1}, {"kind": "text", "texts": [...]} or {"kind": "file", "wav": FILE}. The
first two are a tower and its projection alone: the spectrogram and the tokens are there before. WAY is default or mmap.
"""

import json
import math
import os
import resource
import sys
import time
from pathlib import Path

COMMAND, *ARGUMENTS = sys.argv[1:]
if COMMAND in ("serve", "load", "embed"):
    # Before torch is loaded. Threads that wait must not keep the sides that are measured in turn from the processors.
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = ARGUMENTS[2]
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

import numpy as np  # noqa: E402
import soundfile  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
import transformers  # noqa: E402
from transformers import ClapConfig, ClapModel  # noqa: E402

transformers.logging.set_verbosity_error()
torch.set_grad_enabled(False)

RATE, CLIP, FFT, HOP, MELS, LOW, HIGH = 48_000, 480_000, 1024, 480, 64, 50, 14_000
CONTEXT, START, PAD, END = 77, 0, 1, 2

RENAMED = [
    ("audio_branch.bn0.", "audio_model.audio_encoder.batch_norm."),
    ("audio_branch.", "audio_model.audio_encoder."),
    ("text_branch.", "text_model."),
    ("_projection.0.", "_projection.linear1."),
    ("_projection.2.", "_projection.linear2."),
]
IN_BLOCKS = [
    (".attn.proj.", ".attention.output.dense."),
    (".attn.relative", ".attention.self.relative"),
    (".norm1.", ".layernorm_before."),
    (".norm2.", ".layernorm_after."),
    (".mlp.fc1.", ".intermediate.dense."),
    (".mlp.fc2.", ".output.dense."),
]


def new_model():
    audio = dict(patch_embeds_hidden_size=128, depths=[2, 2, 12, 2], hidden_size=1024)
    return ClapModel(ClapConfig(audio_config=audio, text_config=dict(layer_norm_eps=1e-5))).eval()


def to_transformers(state):
    """From the names of LAION's trainer; queries, keys and values of the audio tower become views of one tensor."""
    renamed = {}
    for name, value in state.items():
        for old, new in RENAMED + (IN_BLOCKS if ".blocks." in name else []):
            name = name.replace(old, new)
        if ".attn.qkv." in name:
            for part, rows in zip(("query", "key", "value"), value.chunk(3)):
                renamed[name.replace(".attn.qkv.", f".attention.self.{part}.")] = rows
        else:
            renamed[name] = value
    return renamed


def to_laion(state):
    renamed = {}
    for name, value in state.items():
        if ".blocks." in name and (".self.key." in name or ".self.value." in name):
            continue
        if ".blocks." in name and ".self.query." in name:
            value = torch.cat([state[name.replace(".query.", f".{part}.")] for part in ("query", "key", "value")])
            name = name.replace(".attention.self.query.", ".attn.qkv.")
        for new, old in RENAMED + (IN_BLOCKS if ".blocks." in name else []):
            name = name.replace(old, new)
        renamed[name] = value
    return renamed


def random_weights(model):
    """Of variance 1 / inputs for matrices; near 1 for the scales of normalisations, near 0 for biases."""
    generator = torch.Generator().manual_seed(1)
    for name, value in model.state_dict().items():
        if not value.is_floating_point() or name.startswith("logit_scale"):
            continue
        noise = torch.rand(value.shape, generator=generator) * 2 - 1
        if name.endswith("running_mean"):
            value.copy_(10 * noise - 40)
        elif name.endswith("running_var"):
            value.copy_(150 * noise + 250)
        elif value.ndim < 2:
            value.copy_(0.2 * noise + (1 if name.endswith("weight") else 0))
        else:
            value.copy_(noise * math.sqrt(3 / math.prod(value.shape[1:])))


def write_checkpoint(file):
    model = new_model()
    random_weights(model)
    buffers = ("position_ids", "token_type_ids")
    state = to_laion({k: v for k, v in model.state_dict().items() if not k.endswith(buffers)})
    state["audio_branch.logmel_extractor.melW"] = mel_filters()
    weights = [v for k, v in state.items() if v.is_floating_point() and "running_" not in k and "melW" not in k]
    adam = {i: {"step": torch.tensor(1.0), "exp_avg": torch.ones(w.shape), "exp_avg_sq": torch.ones(w.shape)} for i, w in enumerate(weights)}
    groups = [{"lr": 1e-4, "betas": (0.9, 0.99), "eps": 1e-8, "weight_decay": 0.0, "params": list(range(len(weights)))}]
    checkpoint = {
        "epoch": 15,
        "name": "benchmark",
        "state_dict": {f"module.{name}": value for name, value in state.items()},
        "optimizer": {"state": adam, "param_groups": groups},
    }
    # Under its name only when it is complete.
    torch.save(checkpoint, f"{file}.part")
    os.replace(f"{file}.part", file)


def load(file, way="default", model=None):
    """torch.load and load_state_dict."""
    model = model or new_model()
    checkpoint = torch.load(file, map_location="cpu", weights_only=True, mmap=way == "mmap")
    state = {name.removeprefix("module."): value for name, value in checkpoint["state_dict"].items()}
    found = model.load_state_dict(to_transformers(state), strict=False)
    absent = [name for name in found.missing_keys if not name.endswith(("position_ids", "token_type_ids"))]
    assert not absent and found.unexpected_keys == ["audio_model.audio_encoder.logmel_extractor.melW"], found
    return model


def mel_filters():
    """Slaney's: triangles between points that are equally far apart in mel, each of area 1; float32 [bins, mels]."""
    step = math.log(6.4) / 27
    low, high = (f * 3 / 200 if f < 1000 else 15 + math.log(f / 1000) / step for f in (LOW, HIGH))
    mel = torch.linspace(low, high, MELS + 2, dtype=torch.float64)
    edges = torch.where(mel < 15, mel * 200 / 3, 1000 * torch.exp((mel - 15) * step))
    bins = torch.arange(FFT // 2 + 1, dtype=torch.float64)[:, None] * RATE / FFT
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    triangles = torch.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)).clamp(min=0)
    return (triangles * 2 / (right - left)).float()


class FrontEnd:
    """From a WAV file to decibels, float32, as torchaudio and torchlibrosa compute it."""

    def __init__(self, rate):
        self.down, self.up = rate // math.gcd(rate, RATE), RATE // math.gcd(rate, RATE)
        base = min(self.down, self.up) * 0.99
        self.width = math.ceil(6 * self.down / base)
        place = torch.arange(-self.width, self.width + self.down, dtype=torch.float64) / self.down
        phase = torch.arange(0, -self.up, -1, dtype=torch.float32) / self.up
        t = ((phase[:, None] + place[None]) * base).clamp(-6, 6)
        kernel = torch.sinc(t) * torch.cos(t * math.pi / 12) ** 2 * (base / self.down)
        self.kernel = kernel.to(torch.float32)[:, None]
        self.window, self.filters = torch.hann_window(FFT), mel_filters()

    def __call__(self, file):
        samples = torch.from_numpy(soundfile.read(file, dtype="float32")[0])
        padded = F.pad(samples[None, None], (self.width, self.width + self.down))
        phases = F.conv1d(padded, self.kernel, stride=self.down)
        samples = phases[0].T.reshape(-1)[: math.ceil(self.up * len(samples) / self.down)]
        samples = (samples.clamp(-1, 1) * 32767).to(torch.int16).to(torch.float32) / 32767
        samples = samples.repeat(max(1, CLIP // len(samples)))
        samples = F.pad(samples, (0, max(0, CLIP - len(samples))))[:CLIP]
        spectrum = torch.stft(samples, FFT, HOP, window=self.window, pad_mode="reflect", return_complex=True)
        power = spectrum.real**2 + spectrum.imag**2
        return 10 * torch.log10((power.T @ self.filters).clamp(min=1e-10))


def token_ids(texts):
    """The vocabulary of the benchmark has a token for each letter, from id 4 on."""
    rows = [[START, *(ord(letter) - ord("a") + 4 for letter in text), END] for text in texts]
    return torch.tensor([row + [PAD] * (CONTEXT - len(row)) for row in rows])


def embed_audio(model, decibels):
    longer = torch.zeros(len(decibels), 1).bool()
    return F.normalize(model.audio_projection(model.audio_model(decibels, longer).pooler_output), dim=-1)


def embed_text(model, ids):
    return F.normalize(model.text_projection(model.text_model(ids, (ids != PAD).long()).pooler_output), dim=-1)


def prepared(task):
    """What a tower reads, and what embeds it."""
    if task["kind"] == "text":
        return token_ids(task["texts"]), embed_text
    decibels = FrontEnd(soundfile.info(task["wav"]).samplerate)(task["wav"])
    return decibels.expand(task["batch"], 1, -1, -1).contiguous(), embed_audio


def write_onnx(checkpoint, task, file):
    inputs, embed = prepared(task)

    class Tower(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = load(checkpoint)

        def forward(self, x):
            return embed(self.model, x)

    torch.onnx.export(Tower().eval(), (inputs,), file, input_names=["x"], output_names=["joint"], dynamo=True, verbose=False)
    inputs.numpy().tofile(f"{file}.input")
    Path(f"{file}.json").write_text(json.dumps({"type": str(inputs.dtype).removeprefix("torch."), "dims": list(inputs.shape)}))


def answer(**values):
    print(json.dumps(values), flush=True)


def serve(checkpoint, task, threads):
    torch.set_num_threads(threads)
    model = load(checkpoint)
    if task["kind"] == "file":
        front = FrontEnd(soundfile.info(task["wav"]).samplerate)
        run = lambda: embed_audio(model, front(task["wav"])[None, None])  # noqa: E731
    else:
        inputs, embed = prepared(task)
        run = lambda: embed(model, inputs)  # noqa: E731
    answer(ready=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        joint = run()
        answer(seconds=time.perf_counter() - start, vector=joint[-1].tolist())


def measure_loading(checkpoint, way, threads, wav):
    torch.set_num_threads(threads)
    # Not a part of what is measured: with random numbers in it, a module takes longer to make than to load.
    model = new_model()
    start = time.perf_counter()
    load(checkpoint, way, model)
    loaded = time.perf_counter()
    front = FrontEnd(soundfile.info(wav).samplerate)
    joint = embed_audio(model, front(wav)[None, None])
    answer(seconds=loaded - start, firstUse=time.perf_counter() - loaded, vector=joint[0].tolist(), peakBytes=peak_bytes())


def embed_folder(checkpoint, folder, threads, out):
    torch.set_num_threads(threads)
    model = load(checkpoint, "mmap")
    files = sorted(Path(folder).rglob("*.wav"))
    fronts = {}
    pre_joint, joint = [], []
    for start in range(0, len(files), 8):
        batch = []
        for file in files[start : start + 8]:
            rate = soundfile.info(file).samplerate
            front = fronts.setdefault(rate, FrontEnd(rate))
            batch.append(front(file)[None])
        decibels = torch.stack(batch)
        pooled = model.audio_model(decibels, torch.zeros(len(batch), 1).bool()).pooler_output
        pre_joint.append(pooled)
        joint.append(F.normalize(model.audio_projection(pooled), dim=-1))
    np.save(Path(out) / "pre_joint.npy", torch.cat(pre_joint).numpy())
    np.save(Path(out) / "joint.npy", torch.cat(joint).numpy())
    answer(peakBytes=peak_bytes())


def peak_bytes():
    try:
        line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if COMMAND == "checkpoint":
    write_checkpoint(*ARGUMENTS)
elif COMMAND == "onnx":
    write_onnx(ARGUMENTS[0], json.loads(ARGUMENTS[1]), ARGUMENTS[2])
elif COMMAND == "serve":
    serve(ARGUMENTS[0], json.loads(ARGUMENTS[1]), int(ARGUMENTS[2]))
elif COMMAND == "embed":
    embed_folder(ARGUMENTS[0], ARGUMENTS[1], int(ARGUMENTS[2]), ARGUMENTS[3])
elif COMMAND == "load":
    measure_loading(ARGUMENTS[0], ARGUMENTS[1], int(ARGUMENTS[2]), ARGUMENTS[3])
else:
    sys.exit(__doc__)
