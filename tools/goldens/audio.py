"""Writes the golden files of packages/encoders/test/audio/goldens and test/spectral/goldens.

    python tools/goldens/audio.py

Needs torch, numpy, librosa, soundfile and transformers; the versions that made the files are recorded in each (torch
2.13, librosa 0.11, soundfile 0.14, transformers 5.18). torchaudio is not needed: its formulas are written out below, in torch. Inputs are literal
or come from a counter, so a second run writes the same values. Arrays are base64 of little-endian numbers in row-major
order: no decimal stands between NumPy's number and the test's.

With `ffmpeg` and `sox` on the path, `python tools/goldens/audio.py encoded` also writes test/audio/goldens/encoded: the
same short clip in every format, and what ffmpeg itself decodes from it. With IREC_REFERENCE set to the folder of the
study's data, spectral/goldens/note.json is written too.
"""

import base64
import json
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

TEST = Path(__file__).resolve().parents[2] / "packages" / "encoders" / "test"


def array(values):
    values = np.ascontiguousarray(values)
    dtype = {"f4": "float32", "f8": "float64", "i2": "int16", "i4": "int32"}[values.dtype.str[1:]]
    data = base64.b64encode(values.astype(values.dtype.newbyteorder("<")).tobytes()).decode()
    return {"dtype": dtype, "shape": list(values.shape), "data": data}


def write(folder, name, content):
    out = TEST / folder / "goldens"
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.json").write_text(json.dumps(content) + "\n")


def counter_noise(n, seed):
    """Numbers in [-0.8, 0.8) that a test can make too: a linear congruential generator, in exact integers."""
    state, out = seed, np.empty(n, "f4")
    for i in range(n):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = (state / 2**32 - 0.5) * 1.6
    return out


# --- resampling: torchaudio's sinc_interp_hann, lowpass_filter_width 6, rolloff 0.99 --------------------------------


def sinc_kernel(orig, new, dtype):
    """`dtype` None as in transforms.Resample: phases divide integers, which gives float32; then float64; then float32."""
    base = min(orig, new) * 0.99
    width = math.ceil(6 * orig / base)
    index = torch.arange(-width, width + orig, dtype=torch.float64)[None] / orig
    phase = torch.arange(0, -new, -1, dtype=dtype)[:, None] / new
    t = ((phase + index) * base).clamp(-6, 6)
    window = torch.cos(t * math.pi / 6 / 2) ** 2
    t = t * math.pi
    kernel = torch.where(t == 0, torch.tensor(1.0, dtype=t.dtype), t.sin() / t) * window * (base / orig)
    return (kernel.float() if dtype is None else kernel), width


def torch_resample(x, old, new, dtype, accumulate):
    """`x` is float32 or float64; sums are of dtype `accumulate`."""
    divisor = math.gcd(old, new)
    old, new = old // divisor, new // divisor
    kernel, width = sinc_kernel(old, new, dtype)
    padded = torch.nn.functional.pad(x.to(accumulate), (width, width + old))
    y = torch.nn.functional.conv1d(padded[None, None], kernel[:, None].to(accumulate), stride=old)
    return y.transpose(1, 2).reshape(-1)[: -(-new * len(x) // old)]


def resampling():
    cases = []
    for old, new, lengths in (
        (44100, 48000, (1, 147, 148, 500)),
        (48000, 44100, (1, 700)),
        (44100, 16000, (1, 700)),
        (48000, 16000, (2, 3, 900)),
        (16000, 48000, (1, 150)),
        (96000, 48000, (501,)),
        (11025, 48000, (200,)),
        (8000, 48000, (100,)),
        (22050, 16000, (500,)),
        (7, 5, (100,)),
        (5, 7, (100,)),
        (1, 2, (1, 40)),
    ):
        for n in lengths:
            x = torch.from_numpy(counter_noise(n, n))
            exact = torch_resample(x.double(), old, new, torch.float64, torch.float64)
            narrow = torch_resample(x, old, new, None, torch.float32)
            cases.append({"from": old, "to": new, "n": n, "float64": array(exact.numpy()),
                          "torch": array(narrow.numpy())})
    x = torch.from_numpy(counter_noise(44101, 9))
    long = torch_resample(x, 44100, 48000, None, torch.float32).numpy()
    write("audio", "resample", {"made by": versions, "cases": cases, "secondOfNoise":
        {"from": 44100, "to": 48000, "n": 44101, "seed": 9, "length": len(long), "every37": array(long[::37])}})


# --- 16 bits and back -------------------------------------------------------------------------------------------------


def quantising():
    steps = np.arange(-32767, 32768, 257) / 32767
    near = np.concatenate([np.nextafter(steps.astype("f4"), np.float32(s)) for s in (-2, 2)])
    x = np.concatenate([
        np.array([0, -0.0, 1, -1, 1.5, -1.5, 1e30, 1 / 32767, -1 / 32767, 0.5 / 32767, 2**-149, 1e-30], "f4"),
        steps.astype("f4"), near, counter_noise(300, 5), (steps[:40] + 0.5 / 32767).astype("f4"),
    ])
    codes = (np.clip(x, -1, 1) * np.float32(32767)).astype(np.int16)
    back = (codes / np.float32(32767)).astype(np.float32)
    assert (torch.trunc(torch.from_numpy(x).clamp(-1, 1) * 32767.0) / 32767.0 == torch.from_numpy(back)).all()
    assert ((np.clip(back, -1, 1) * np.float32(32767)).astype(np.int16) == codes).all()
    write("audio", "quantise", {"made by": versions, "in": array(x), "out": array(back)})


# --- mel filters ------------------------------------------------------------------------------------------------------


def sparse(matrix):
    index = np.flatnonzero(matrix)
    return {"shape": list(matrix.shape), "index": array(index.astype("i4")), "value": array(matrix.ravel()[index])}


def mel_filters():
    import warnings

    import librosa
    from transformers.audio_utils import mel_filter_bank

    warnings.simplefilter("ignore")  # filters above half the sample rate are empty, on purpose
    banks = {}
    for name, rate, n_fft, mels, low, high, scale in (
        ("laion", 48000, 1024, 64, 50, 14000, "slaney"),
        ("laion-tiny", 48000, 256, 16, 50, 14000, "slaney"),
        ("laion-tiny-b", 48000, 256, 32, 50, 14000, "slaney"),
        ("muscall", 16000, 1024, 128, 0, 11025, "htk"),
        ("muscall-tiny", 16000, 256, 64, 0, 11025, "htk"),
    ):
        htk = scale == "htk"
        bank = librosa.filters.mel(sr=rate, n_fft=n_fft, n_mels=mels, fmin=low, fmax=high, htk=htk,
                                   norm=None if htk else "slaney", dtype=np.float64).T
        other = None
        if not htk:  # its HTK bank ends at half the sample rate at the latest
            other = mel_filter_bank(n_fft // 2 + 1, mels, low, high, rate, "slaney", "slaney")
            assert np.abs(bank - other).max() < 1e-12
        else:  # torchaudio.functional.melscale_fbanks, in its float32
            freqs = torch.linspace(0, rate // 2, n_fft // 2 + 1)
            points = torch.linspace(2595 * math.log10(1 + low / 700), 2595 * math.log10(1 + high / 700), mels + 2)
            points = 700 * (10 ** (points / 2595) - 1)
            diff = points[1:] - points[:-1]
            slopes = points[None] - freqs[:, None]
            fb = torch.clamp(torch.min(-slopes[:, :-2] / diff[:-1], slopes[:, 2:] / diff[1:]), min=0)
            assert np.abs(bank - fb.numpy()).max() < 2e-5, np.abs(bank - fb.numpy()).max()
        banks[name] = {"rate": rate, "fftLength": n_fft, "melBins": mels, "low": low, "high": high, "scale": scale,
                       "matrix": sparse(bank)}
    write("spectral", "mel-banks", {"made by": versions, "banks": banks})
    return {name: dense(bank["matrix"]) for name, bank in banks.items()}


def dense(matrix):
    out = np.zeros(matrix["shape"])
    out.ravel()[np.frombuffer(base64.b64decode(matrix["index"]["data"]), "<i4")] = np.frombuffer(
        base64.b64decode(matrix["value"]["data"]), "<f8")
    return out


# --- log-mel ----------------------------------------------------------------------------------------------------------


def torch_log_mel(x, bank, n_fft, hop, normalised, top_db, dtype):
    window = torch.hann_window(n_fft, dtype=dtype)
    spectrum = torch.stft(x.to(dtype), n_fft, hop, n_fft, window, center=True, pad_mode="reflect", return_complex=True)
    power = spectrum.abs() ** 2
    if normalised:
        power = power / (window**2).sum()
    d = 10 * torch.log10((torch.from_numpy(bank).to(dtype).T @ power).clamp(min=1e-10))
    if top_db is not None:
        d = torch.maximum(d, d.max() - top_db)
    return d.T.contiguous().float().numpy()  # frames, mel bins


def log_mels(banks):
    """A chirp with noise and a gap of silence in int16, a decaying tone, and the noise of the counter."""
    n = 6000
    i = np.arange(n)
    rng = np.random.default_rng(7)
    chirp = 0.4 * np.sin(2 * np.pi * (0.003 * i + 2e-5 * i * i)) + 0.05 * rng.standard_normal(n)
    chirp[2000:4000] = 0
    tone = sum(np.sin(2 * np.pi * 0.0046 * h * i) / h**2 for h in range(1, 12)) * 0.5 * np.exp(-i / 1200)
    waves = {name: np.round(wave * 32767).astype("i2") for name, wave in (("chirp", chirp), ("tone", tone))}
    loud = {"chirp": 40.0, "tone": 1.0}
    cases = []
    for name, n_fft, hop, normalised, top_db in (
        ("laion", 1024, 480, False, None),
        ("laion-tiny", 256, 120, False, None),
        ("muscall", 1024, 512, True, 100.0),
        ("muscall-tiny", 256, 128, True, 100.0),
    ):
        for wave in waves:
            gain = loud[wave] if top_db else 1.0
            x = torch.from_numpy(waves[wave].astype("f4") / 32768 * np.float32(gain))
            args = (x, banks[name], n_fft, hop, normalised, top_db)
            cases.append({"frontEnd": name, "hopLength": hop, "wave": wave, "gain": gain,
                          "float64": array(torch_log_mel(*args, torch.float64)),
                          "greatestGapOfFloat32": float(np.abs(torch_log_mel(*args, torch.float32) - torch_log_mel(*args, torch.float64)).max())})
    write("spectral", "log-mel", {"made by": versions, "waves": {k: array(v) for k, v in waves.items()}, "cases": cases})


# --- uncompressed files, written and read by libsndfile ---------------------------------------------------------------


def pcm_files():
    import io

    import soundfile

    rng = np.random.default_rng(3)
    codes = rng.integers(-(2**31), 2**31, (30, 2)).astype("i4")
    codes[:4] = [[-(2**31), 2**31 - 1], [0, 1 << 24], [-(1 << 24), 1 << 16], [1 << 8, -1]]
    floats = np.concatenate([codes / 2**31, [[1.5, -2.0], [1e-40, 0.1]]])
    files = {}
    for container, subtypes in (("WAV", ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")),
                                ("WAVEX", ("PCM_16", "PCM_24", "FLOAT")), ("RF64", ("PCM_16",)),
                                ("AIFF", ("PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"))):
        for subtype in subtypes:
            if not soundfile.check_format(container, subtype):
                continue
            file = io.BytesIO()
            wide = subtype in ("FLOAT", "DOUBLE")
            soundfile.write(file, floats if wide else codes, 22050, format=container, subtype=subtype)
            bytes_ = bytearray(file.getvalue())
            if (peak := bytes_.find(b"PEAK")) != -1:
                bytes_[peak + 12 : peak + 16] = bytes(4)  # the time of day
            read, rate = soundfile.read(io.BytesIO(bytes(bytes_)), dtype="float32", always_2d=True)
            assert rate == 22050
            if subtype.startswith("PCM_") and container != "AIFF":  # torch: integers divided by 2^(b - 1)
                bits = int(subtype.lstrip("PCM_U"))
                code = torch.from_numpy(np.round(read.astype("f8") * 2 ** (bits - 1)))
                assert (code / 2 ** (bits - 1) == torch.from_numpy(read.astype("f8"))).all()
            files[f"{container} {subtype}"] = {"file": base64.b64encode(bytes_).decode(), "samples": array(read)}
    write("audio", "pcm", {"made by": {**versions, "soundfile": soundfile.__version__,
                                       "libsndfile": soundfile.__libsndfile_version__}, "files": files})


# --- the study's way with a note ----------------------------------------------------------------------------------------


def note(path, bank):
    """Of a sound file that is not ours to copy, a few numbers: after resampling and quantising, and of the log-mel."""
    import soundfile

    x, rate = soundfile.read(path, dtype="float32")
    assert rate == 44100 and x.ndim == 1
    y = torch_resample(torch.from_numpy(x), 44100, 48000, None, torch.float64).float().numpy()
    codes = (np.clip(y, -1, 1) * np.float32(32767)).astype(np.int16)
    z = codes / np.float32(32767)
    clip = np.concatenate([np.tile(z, 480000 // len(z)), np.zeros(480000 % len(z), "f4")])
    mel = torch_log_mel(torch.from_numpy(clip), bank, 1024, 480, False, None, torch.float64)
    frames = [0, 100, 300, 1000]
    write("spectral", "note", {"made by": versions, "samples": len(x), "resampled": len(y),
                               "codes": array(codes[1000::4001]), "frames": frames, "decibels": array(mel[frames])})


# --- compressed files --------------------------------------------------------------------------------------------------------------


def encoded():
    """8000 Hz would not do for MP3 and AAC, and Opus has 48 kHz only. Two channels, unlike each other."""
    out = TEST / "audio" / "goldens" / "encoded"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    rate, n = 44100, 4410
    t = np.arange(n) / rate
    fade = np.sin(np.pi * np.arange(n) / n) ** 0.5
    left = 0.5 * np.sin(2 * np.pi * 440 * t) * fade
    right = (0.3 * np.sin(2 * np.pi * 660 * t) + 0.1 * np.sin(2 * np.pi * 1320 * t)) * fade
    pcm = np.round(np.stack([left, right], 1) * 32767).astype("<i2")
    run = lambda *command: subprocess.run(command, check=True, capture_output=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        source = f"{folder}/source.raw"
        Path(source).write_bytes(pcm.tobytes())
        raw = ["-f", "s16le", "-ar", str(rate), "-ac", "2", "-i", source]
        plain = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
        commands = {
            "stereo.flac": ["-c:a", "flac"],
            "stereo-24.flac": ["-c:a", "flac", "-sample_fmt", "s32"],
            "stereo.mp3": ["-c:a", "libmp3lame", "-b:a", "128k"],
            "mono.mp3": ["-c:a", "libmp3lame", "-b:a", "64k", "-ac", "1"],
            "stereo.ogg": ["-c:a", "libvorbis", "-q:a", "5"],
            "stereo.opus": ["-c:a", "libopus", "-b:a", "96k"],
            "stereo.aac": ["-c:a", "aac", "-b:a", "128k", "-f", "adts"],
            "stereo.m4a": ["-c:a", "aac", "-b:a", "128k"],
            "mono.m4a": ["-c:a", "aac", "-b:a", "64k", "-ac", "1"],
            "alac.m4a": ["-c:a", "alac"],
            "ogg.flac": ["-c:a", "flac", "-f", "ogg"],
            "opus.mp4": ["-c:a", "libopus", "-b:a", "64k"],
            "sowt.aifc": ["-c:a", "pcm_s16le", "-f", "aiff"],
        }
        made = {}
        for name, arguments in commands.items():
            if name == "sowt.aifc":
                run("sox", "-t", "raw", "-r", str(rate), "-e", "signed", "-b", "16", "-c", "2", source, "-t", "aiffc", str(out / name))
                made[name] = {"command": "sox -t aiffc"}
            else:
                run("ffmpeg", "-v", "error", *raw, *arguments, *plain, str(out / name))
                made[name] = {"command": "ffmpeg " + " ".join(arguments)}
            decoded = np.frombuffer(run("ffmpeg", "-v", "error", "-i", str(out / name), "-f", "f32le", "-"), "<f4")
            channels = 1 if name.startswith("mono") else 2
            decoded = decoded.reshape(-1, channels)
            made[name].update({"bytes": (out / name).stat().st_size, "rate": 48000 if "opus" in name else rate,
                               "channels": channels, "frames": len(decoded),
                               "mean": array(np.round(decoded.astype("f8").mean(1) * 32768).clip(-32768, 32767).astype("i2")[::5])})
    version = run("ffmpeg", "-version").decode().split()[2]
    write("audio", "encoded", {"made by": {"ffmpeg": version, "sox": "14.4.2"}, "source": array(pcm), "files": made})


if "encoded" in sys.argv[1:]:
    encoded()
    sys.exit()

import librosa
import torch
import transformers

torch.set_num_threads(1)
versions = {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__,
            "librosa": librosa.__version__, "transformers": transformers.__version__}
resampling()
quantising()
pcm_files()
banks = mel_filters()
log_mels(banks)
if "IREC_REFERENCE" in os.environ:
    note(Path(os.environ["IREC_REFERENCE"]) / "published/TinySol/Acc-ord-A1-ff-N-T22u.wav", banks["laion"])
