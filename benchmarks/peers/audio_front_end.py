"""One stage of the way from a sound file to a log-mel spectrogram, as Python does it: the peer of @irec/encoders' front end.

    python audio_front_end.py LIBRARY STAGE FILE    the median seconds of a stage in a warm process, and a number of its result
    python audio_front_end.py flac FILE.wav FILE    writes the file as FLAC

LIBRARY is torch (soundfile, torchaudio's resampling written with torch's own operations, torch.stft) or librosa. STAGE is
decode, resample, quantise, log-mel or whole. One thread; float32, as both libraries have it. The number is the root mean square
of samples, or the mean of decibels.
"""

import json
import math
import os
import statistics
import sys
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import librosa
import numpy as np
import soundfile
import torch

RATE, FFT, HOP, MELS, LOW, HIGH = 48000, 1024, 480, 64, 50, 14000
WARM, RUNS = 5, 20

torch.set_num_threads(1)
torch.set_grad_enabled(False)


class Torch:
    def __init__(self, rate):
        self.down, self.up = rate // math.gcd(rate, RATE), RATE // math.gcd(rate, RATE)
        self.kernel, self.width = self.sinc_kernel()
        self.window = torch.hann_window(FFT)
        bank = librosa.filters.mel(sr=RATE, n_fft=FFT, n_mels=MELS, fmin=LOW, fmax=HIGH)
        self.bank = torch.from_numpy(bank.T.copy())

    def sinc_kernel(self):
        """torchaudio.transforms.Resample with its defaults: six zero crossings, roll-off 0.99, Hann window."""
        base = min(self.down, self.up) * 0.99
        width = math.ceil(6 * self.down / base)
        place = torch.arange(-width, width + self.down, dtype=torch.float64) / self.down
        phase = torch.arange(0, -self.up, -1, dtype=torch.float32) / self.up
        t = ((phase[:, None] + place[None]) * base).clamp(-6, 6)
        kernel = torch.sinc(t) * torch.cos(t * math.pi / 12) ** 2 * (base / self.down)
        return kernel.to(torch.float32)[:, None], width

    def decode(self, file):
        samples, _ = soundfile.read(file, dtype="float32", always_2d=True)
        samples = torch.from_numpy(samples)
        return samples[:, 0] if samples.shape[1] == 1 else samples.mean(1)

    def resample(self, samples):
        padded = torch.nn.functional.pad(samples[None, None], (self.width, self.width + self.down))
        phases = torch.nn.functional.conv1d(padded, self.kernel, stride=self.down)
        return phases[0].T.reshape(-1)[: math.ceil(self.up * len(samples) / self.down)]

    def quantise(self, samples):
        return (samples.clamp(-1, 1) * 32767.0).to(torch.int16).to(torch.float32) / 32767.0

    def log_mel(self, samples):
        spectrum = torch.stft(samples, FFT, HOP, window=self.window, pad_mode="reflect", return_complex=True)
        power = spectrum.real**2 + spectrum.imag**2
        return 10 * torch.log10((power.T @ self.bank).clamp(min=1e-10))


class Librosa:
    def __init__(self, rate):
        self.rate = rate

    def decode(self, file):
        return librosa.load(file, sr=None)[0]

    def resample(self, samples):
        return librosa.resample(samples, orig_sr=self.rate, target_sr=RATE)

    def quantise(self, samples):
        return (np.clip(samples, -1, 1) * np.float32(32767)).astype(np.int16).astype(np.float32) / np.float32(32767)

    def log_mel(self, samples):
        power = librosa.feature.melspectrogram(
            y=samples, sr=RATE, n_fft=FFT, hop_length=HOP, n_mels=MELS, fmin=LOW, fmax=HIGH, pad_mode="reflect"
        )
        return librosa.power_to_db(power, top_db=None)


def main(library, stage, file):
    if library == "flac":
        samples, rate = soundfile.read(stage, dtype="int16")
        soundfile.write(file, samples, rate)
        return
    own = {"torch": Torch, "librosa": Librosa}[library](soundfile.info(file).samplerate)
    decoded = own.decode(file)
    resampled = own.resample(decoded)
    quantised = own.quantise(resampled)
    run = {
        "decode": lambda: own.decode(file),
        "resample": lambda: own.resample(decoded),
        "quantise": lambda: own.quantise(resampled),
        "log-mel": lambda: own.log_mel(quantised),
        "whole": lambda: own.log_mel(own.quantise(own.resample(own.decode(file)))),
    }[stage]
    seconds = []
    for _ in range(WARM + RUNS):
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    result = np.asarray(result, dtype=np.float64)
    number = result.mean() if stage in ("log-mel", "whole") else math.sqrt((result**2).mean())
    print(json.dumps({"seconds": statistics.median(seconds[WARM:]), "number": number, "size": result.size}))


main(*sys.argv[1:])
