"""LAION-CLAP in plain torch: from the tensors of a checkpoint, by their names, to the outputs of the towers.

Written from the papers (Chen et al. 2022, HTS-AT; Liu et al. 2021, Swin; Liu et al. 2019, RoBERTa) and from the names and
shapes of the published checkpoints. `tap(name, value)`, where it is given, gets the value of each stage.
"""

import math

import torch
import torch.nn.functional as F


def nothing(name, value):
    pass


def slaney_filters(sample_rate, n_fft, n_mels, f_min, f_max):
    """Triangles between points that are equally far apart in mel, each of area 1; float64 [n_fft / 2 + 1, n_mels]."""
    step = math.log(6.4) / 27

    def to_mel(f):
        return f * 3 / 200 if f < 1000 else 15 + math.log(f / 1000) / step

    mel = torch.linspace(to_mel(f_min), to_mel(f_max), n_mels + 2, dtype=torch.float64)
    edges = torch.where(mel < 15, mel * 200 / 3, 1000 * torch.exp((mel - 15) * step))
    bins = torch.arange(n_fft // 2 + 1, dtype=torch.float64)[:, None] * sample_rate / n_fft
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    triangles = torch.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)).clamp(min=0)
    return triangles * 2 / (high - low)


def log_mel(wave, filters, hop):
    """Decibels [b, frames, mels] of float32 [b, samples]; in float64, rounded at the end."""
    n_fft = 2 * (filters.shape[0] - 1)
    window = torch.hann_window(n_fft, dtype=torch.float64)
    stft = torch.stft(wave.double(), n_fft, hop, window=window, center=True, pad_mode="reflect", return_complex=True)
    power = (stft.abs() ** 2).transpose(1, 2) @ filters.double()
    return (10 * power.clamp(min=1e-10).log10()).float()


class Weights:
    """The part of a state dict whose names begin alike."""

    def __init__(self, state, prefix=""):
        self.state, self.prefix = state, prefix

    def __getitem__(self, name):
        return self.state[self.prefix + name]

    def below(self, prefix):
        return Weights(self.state, f"{self.prefix}{prefix}.")

    def count(self, prefix):
        start = f"{self.prefix}{prefix}."
        return len({name[len(start):].split(".")[0] for name in self.state if name.startswith(start)})

    def linear(self, name, x):
        return F.linear(x, self[name + ".weight"], self.state.get(f"{self.prefix}{name}.bias"))

    def norm(self, name, x, eps=1e-5):
        return F.layer_norm(x, x.shape[-1:], self[name + ".weight"], self[name + ".bias"], eps)


def attention(q, k, v, heads, additive=0.0):
    """q, k, v [b, n, c]; additive is broadcast to [b, heads, n, n]."""
    b, n, c = q.shape
    q, k, v = (x.reshape(b, n, heads, c // heads).transpose(1, 2) for x in (q, k, v))
    scores = q @ k.transpose(-2, -1) / math.sqrt(c // heads) + additive
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, n, c)


def into_windows(x, side):
    """[b, g, g, c] to [b * windows, side * side, c]."""
    b, g, _, c = x.shape
    x = x.reshape(b, g // side, side, g // side, side, c).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(-1, side * side, c)


def out_of_windows(x, side, g):
    c = x.shape[-1]
    x = x.reshape(-1, g // side, g // side, side, side, c).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(-1, g, g, c)


def shift_mask(g, side, shift):
    """-100 between tokens that only the shifting brought into one window; [windows, side^2, side^2]."""
    regions = torch.zeros(1, g, g, 1)
    parts = (slice(0, -side), slice(-side, -shift), slice(-shift, None))
    for i, rows in enumerate(parts):
        for j, columns in enumerate(parts):
            regions[:, rows, columns] = 3 * i + j
    windows = into_windows(regions, side).squeeze(-1)
    return torch.where(windows[:, :, None] == windows[:, None, :], 0.0, -100.0)


def swin_block(w, x, shifted, eps):
    """x [b, g, g, c]."""
    b, g, _, c = x.shape
    table = w["attn.relative_position_bias_table"]
    side, heads = (math.isqrt(table.shape[0]) + 1) // 2, table.shape[1]
    shift = side // 2 if shifted and g > side else 0
    y = into_windows(torch.roll(w.norm("norm1", x, eps), (-shift, -shift), (1, 2)), side)
    at = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")).flatten(1)
    distance = at[:, :, None] - at[:, None, :] + side - 1
    additive = table[distance[0] * (2 * side - 1) + distance[1]].permute(2, 0, 1)[None]
    if shift:
        additive = (additive + shift_mask(g, side, shift)[:, None]).repeat(b, 1, 1, 1)
    y = w.linear("attn.proj", attention(*w.linear("attn.qkv", y).chunk(3, -1), heads, additive))
    x = x + torch.roll(out_of_windows(y, side, g), (shift, shift), (1, 2))
    return x + w.linear("mlp.fc2", F.gelu(w.linear("mlp.fc1", w.norm("norm2", x, eps))))


def htsat(state, decibels, image_size, eps, tap=nothing):
    """Pre-joint [b, d] of decibels [b, frames, mels]; `eps` is that of the layer norms in blocks."""
    w = Weights(state, "audio_branch.")
    mels = decibels.shape[2]
    ratio = image_size // mels
    bn = w.below("bn0")
    x = decibels.transpose(1, 2)
    x = F.batch_norm(x, bn["running_mean"], bn["running_var"], bn["weight"], bn["bias"], eps=1e-5).transpose(1, 2)
    tap("bn0", x)
    if x.shape[1] < image_size * ratio:
        size = (image_size * ratio, mels)
        x = F.interpolate(x[:, None], size, mode="bicubic", align_corners=True)[:, 0]
    tap("resized", x)
    image = x.reshape(-1, ratio, image_size, mels).transpose(2, 3).reshape(-1, 1, image_size, image_size)
    kernel = w["patch_embed.proj.weight"]
    x = F.conv2d(image, kernel, w["patch_embed.proj.bias"], stride=kernel.shape[-1])
    x = w.norm("patch_embed.norm", x.permute(0, 2, 3, 1))
    tap("patch_embed", x.flatten(1, 2))
    stages = w.count("layers")
    for s in range(stages):
        stage = w.below(f"layers.{s}")
        for k in range(stage.count("blocks")):
            x = swin_block(stage.below(f"blocks.{k}"), x, k % 2 == 1, eps)
            tap(f"stage{s}.block{k}", x.flatten(1, 2))
        if s < stages - 1:
            corners = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
            x = stage.linear("downsample.reduction", stage.norm("downsample.norm", torch.cat(corners, -1)))
            tap(f"stage{s}.merge", x.flatten(1, 2))
    x = w.norm("norm", x).flatten(1, 2)
    tap("norm", x)
    return x.mean(1)


def roberta(state, ids, heads, eps, tap=nothing):
    """Pre-joint [b, d] of token ids [b, n], where 1 is padding."""
    w = Weights(state, "text_branch.")
    real = (ids != 1).long()
    e = w.below("embeddings")
    x = e["word_embeddings.weight"][ids] + e["token_type_embeddings.weight"][0]
    x = e.norm("LayerNorm", x + e["position_embeddings.weight"][real.cumsum(1) * real + 1], eps)
    tap("embeddings", x)
    additive = (1 - real)[:, None, None, :] * torch.finfo(torch.float32).min
    for i in range(w.count("encoder.layer")):
        layer = w.below(f"encoder.layer.{i}")
        q, k, v = (layer.linear(f"attention.self.{part}", x) for part in ("query", "key", "value"))
        y = layer.linear("attention.output.dense", attention(q, k, v, heads, additive))
        x = layer.norm("attention.output.LayerNorm", y + x, eps)
        y = layer.linear("output.dense", F.gelu(layer.linear("intermediate.dense", x)))
        x = layer.norm("output.LayerNorm", y + x, eps)
        tap(f"layer{i}", x)
    return w.linear("pooler.dense", x[:, 0]).tanh()


def project(state, side, pre_joint):
    """Joint [b, d], of length 1."""
    w = Weights(state, f"{side}_projection.")
    return F.normalize(w.linear("2", w.linear("0", pre_joint).relu()), dim=-1)


def laion_names(hugging_face):
    """The state dict of a ClapModel by the names of LAION's trainer."""
    renamed = [
        ("audio_model.audio_encoder.batch_norm.", "audio_branch.bn0."),
        ("audio_model.audio_encoder.", "audio_branch."),
        ("text_model.", "text_branch."),
        ("_projection.linear1.", "_projection.0."),
        ("_projection.linear2.", "_projection.2."),
    ]
    in_blocks = [
        ("attention.self.relative", "attn.relative"),
        ("attention.output.dense", "attn.proj"),
        ("layernorm_before", "norm1"),
        ("layernorm_after", "norm2"),
        ("intermediate.dense", "mlp.fc1"),
        ("output.dense", "mlp.fc2"),
    ]
    state = {}
    for name, value in hugging_face.items():
        if ".blocks." in name and ".attention.self.query." in name:
            parts = [hugging_face[name.replace(".query.", f".{part}.")] for part in ("query", "key", "value")]
            name, value = name.replace("attention.self.query", "attn.qkv"), torch.cat(parts)
        elif ".blocks." in name and (".attention.self.key." in name or ".attention.self.value." in name):
            continue
        for old, new in renamed + (in_blocks if ".blocks." in name else []):
            name = name.replace(old, new)
        state[name] = value
    return state
