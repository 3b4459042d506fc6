"""MusCALL as a torch module whose state dict has the names of the original's, for making golden files.

Written from the published description (Manco et al. 2022) and the names and shapes of its checkpoints. `taps`, where it is
given, is a dict that gets the value of each stage.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

POOL_HEADS = 8


def htk_filters(sample_rate, n_fft, n_mels, f_max):
    """Triangles between points that are equally far apart in mel; shape [n_fft / 2 + 1, n_mels]."""
    mel = torch.linspace(0, 2595 * math.log10(1 + f_max / 700), n_mels + 2, dtype=torch.float64)
    edges = 700 * (10 ** (mel / 2595) - 1)
    bins = torch.linspace(0, sample_rate / 2, n_fft // 2 + 1, dtype=torch.float64)[:, None]
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    return torch.minimum(rising, falling).clamp(min=0).float()


class Spectrogram(nn.Module):
    def __init__(self, n_fft):
        super().__init__()
        self.register_buffer("window", torch.hann_window(n_fft))


class MelScale(nn.Module):
    def __init__(self, *config):
        super().__init__()
        self.register_buffer("fb", htk_filters(*config))


class LogMel(nn.Module):
    """Decibels of the mel spectrogram; nothing is further than `top_db` below the loudest value of its own clip."""

    def __init__(self, sample_rate, n_fft, n_mels, f_max, top_db=100.0):
        super().__init__()
        self.spectrogram = Spectrogram(n_fft)
        self.mel_scale = MelScale(sample_rate, n_fft, n_mels, f_max)
        self.n_fft, self.top_db = n_fft, top_db

    def forward(self, wave):
        window = torch.hann_window(self.n_fft, dtype=torch.float64)
        stft = torch.stft(wave.double(), self.n_fft, self.n_fft // 2, window=window, center=True, pad_mode="reflect",
                          return_complex=True)
        power = stft.abs() ** 2 / (window**2).sum()
        decibels = 10 * (self.mel_scale.fb.double().T @ power).clamp(min=1e-10).log10()
        return torch.maximum(decibels, decibels.amax((1, 2), keepdim=True) - self.top_db).float()


class Bottleneck(nn.Module):
    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2, self.bn2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False), nn.BatchNorm2d(planes)
        self.pool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.conv3, self.bn3 = nn.Conv2d(planes, 4 * planes, 1, bias=False), nn.BatchNorm2d(4 * planes)
        self.downsample = None
        if stride > 1 or inputs != 4 * planes:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, 4 * planes, 1, bias=False), nn.BatchNorm2d(4 * planes))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.pool(F.relu(self.bn2(self.conv2(y))))
        identity = x if self.downsample is None else self.downsample(self.pool(x))
        return F.relu(self.bn3(self.conv3(y)) + identity)


class AttentionPool(nn.Module):
    def __init__(self, tokens, channels, outputs):
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.empty(tokens, channels))
        self.k_proj, self.q_proj, self.v_proj = (nn.Linear(channels, channels) for _ in range(3))
        self.c_proj = nn.Linear(channels, outputs)

    def forward(self, x):
        places = x.flatten(2).transpose(1, 2)
        tokens = torch.cat([places.mean(1, keepdim=True), places], 1) + self.positional_embedding
        by_head = lambda v: v.unflatten(2, (POOL_HEADS, -1)).transpose(1, 2)  # noqa: E731
        q, k, v = by_head(self.q_proj(tokens[:, :1])), by_head(self.k_proj(tokens)), by_head(self.v_proj(tokens))
        weights = (q * q.shape[-1] ** -0.5 @ k.transpose(2, 3)).softmax(-1)
        return self.c_proj((weights @ v).transpose(1, 2).flatten(1))


class AudioBackbone(nn.Module):
    def __init__(self, *, sample_rate, seconds, n_fft, n_mels, f_max, width, blocks, hidden, pooling="attention"):
        super().__init__()
        self.spec = LogMel(sample_rate, n_fft, n_mels, f_max)
        self.conv1, self.bn1 = nn.Conv2d(1, width // 2, 3, 2, 1, bias=False), nn.BatchNorm2d(width // 2)
        self.conv2, self.bn2 = nn.Conv2d(width // 2, width // 2, 3, 1, 1, bias=False), nn.BatchNorm2d(width // 2)
        self.conv3, self.bn3 = nn.Conv2d(width // 2, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        inputs = width
        for stage, count in enumerate(blocks):
            planes = width * 2**stage
            strides = [2 if stage > 0 else 1] + [1] * (count - 1)
            layer = [Bottleneck(inputs if i == 0 else 4 * planes, planes, stride) for i, stride in enumerate(strides)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layer))
            inputs = 4 * planes
        self.stages = len(blocks)
        if pooling == "attention":
            frames = int(seconds * sample_rate) // (n_fft // 2) + 1
            self.attnpool = AttentionPool((n_mels // 32) * (frames // 32) + 1, inputs, hidden)
        else:
            self.final_linear = nn.Linear(inputs, hidden)

    def forward(self, wave, taps=None):
        taps = {} if taps is None else taps
        taps["logmel"] = x = self.spec(wave)
        x = x[:, None]
        for i in (1, 2, 3):
            x = F.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
        taps["stem"] = x = F.avg_pool2d(x, 2)
        for i in range(1, self.stages + 1):
            taps[f"layer{i}"] = x = getattr(self, f"layer{i}")(x)
        return self.attnpool(x) if hasattr(self, "attnpool") else self.final_linear(x.mean((2, 3)))


class PreNorm(nn.Module):
    def __init__(self, channels, fn):
        super().__init__()
        self.norm, self.fn = nn.LayerNorm(channels), fn

    def forward(self, x):
        return x + self.fn(self.norm(x))


class CausalAttention(nn.Module):
    def __init__(self, channels, heads):
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(channels, 3 * channels, bias=False)
        self.out_projection = nn.Linear(channels, channels)

    def forward(self, x):
        q, k, v = self.to_qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        later = torch.full((x.shape[1], x.shape[1]), -torch.inf).triu(1)
        weights = (q @ k.transpose(2, 3) * q.shape[-1] ** -0.5 + later).softmax(-1)
        return self.out_projection((weights @ v).transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(channels, hidden), nn.GELU(), nn.Dropout(0.0), nn.Linear(hidden, channels))

    def forward(self, x):
        return self.mlp(x)


class Transformer(nn.Module):
    def __init__(self, channels, layers, heads, hidden):
        super().__init__()
        parts = lambda: (CausalAttention(channels, heads), FeedForward(channels, hidden))  # noqa: E731
        self.layers = nn.ModuleList(nn.ModuleList(PreNorm(channels, p) for p in parts()) for _ in range(layers))
        self.norm_out = nn.LayerNorm(channels)

    def forward(self, x, taps):
        for i, (attention, feed_forward) in enumerate(self.layers):
            taps[f"text.layer{i}"] = x = feed_forward(attention(x))
        return self.norm_out(x)


class TextualHead(nn.Module):
    def __init__(self, *, vocabulary, context, channels, layers, heads, hidden):
        super().__init__()
        self.token_embedding, self.position_embedding = nn.Embedding(vocabulary, channels), nn.Embedding(context, channels)
        self.transformer = Transformer(channels, layers, heads, hidden)
        self.ln_final = nn.LayerNorm(channels)  # made and saved by the original, and not used

    def forward(self, ids, taps=None):
        x = self.token_embedding(ids) + self.position_embedding.weight[: ids.shape[1]]
        x = self.transformer(x, {} if taps is None else taps)
        # The end token has the largest id; numpy's argmax is the first of several, torch does not promise it.
        return x[torch.arange(len(ids)), torch.from_numpy(ids.numpy().argmax(1))]


class MusCALL(nn.Module):
    def __init__(self, audio, text, projection):
        super().__init__()
        self.audio_backbone, self.textual_head = AudioBackbone(**audio), TextualHead(**text)
        self.audio_projection = nn.Linear(audio["hidden"], projection, bias=False)
        self.text_projection = nn.Linear(text["channels"], projection, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def encode_audio(self, wave, taps=None):
        """Pre-joint and joint vectors."""
        return self._embedded(self.audio_backbone(wave, taps), self.audio_projection)

    def encode_text(self, ids, taps=None):
        return self._embedded(self.textual_head(ids, taps), self.text_projection)

    @staticmethod
    def _embedded(pre_joint, projection):
        joint = projection(pre_joint)
        return pre_joint, joint / joint.norm(dim=-1, keepdim=True)


PUBLISHED = {
    "audio": dict(sample_rate=16000, seconds=20, n_fft=1024, n_mels=128, f_max=11025.0, width=16, blocks=(3, 4, 6, 3),
                  hidden=256),
    "text": dict(vocabulary=49408, context=77, channels=512, layers=4, heads=8, hidden=2048),
    "projection": 512,
}


def fill(model, weights, wave):
    """
    Gives every parameter the value of `weights(name, shape)`, and the batch normalisations the statistics of some clips, with
    0.1 more variance. With unit variances, sixteen blocks of random weights make nearly the same of all sounds; with the
    variances as they are, they multiply rounding errors by a thousand, as no trained model does.
    """
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if name != "logit_scale":
                tensor.copy_(torch.from_numpy(weights(name, tensor.shape)))
        norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
        for norm in norms:
            norm.momentum = 1.0
        model.train().audio_backbone(wave)
        for norm in norms:
            norm.running_var += 0.1
    return model.eval()
