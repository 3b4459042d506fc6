"""A step of training a MusCALL of the published size, on torch: forward, backward, AdamW.

    python training.py MODEL.safetensors PAIRS THREADS     makes one step for each line on stdin, and prints how long it took

The model is that of the golden files (tools/goldens/muscall_model.py), without drop-out; spectrograms are there before.
"""

import json
import math
import os
import sys
import time
from pathlib import Path

MODEL, PAIRS, THREADS = sys.argv[1], int(sys.argv[2]), sys.argv[3]
# Before torch is loaded. Threads that wait must not keep the sides that are measured in turn from the processors.
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = THREADS
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "goldens"))
from muscall_model import PUBLISHED, MusCALL  # noqa: E402

torch.set_num_threads(int(THREADS))
model = MusCALL(**PUBLISHED)
model.load_state_dict(load_file(MODEL))
pair, mel_bin, frame = torch.meshgrid(torch.arange(PAIRS), torch.arange(128), torch.arange(626), indexing="ij")
spectrograms = ((7919 * pair + 10471 * frame + 1299 * mel_bin + frame * mel_bin * (pair + 1)) % 4001) / 100 - 60
model.audio_backbone.spec.forward = lambda wave: wave
context, vocabulary = PUBLISHED["text"]["context"], PUBLISHED["text"]["vocabulary"]
ids = (7919 * torch.arange(PAIRS * context)).view(PAIRS, context) % (vocabulary - 2)
ids[:, -1] = vocabulary - 1
optimiser = torch.optim.AdamW(model.parameters(), lr=5e-5, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.2)
model.train()
diagonal = torch.arange(PAIRS)

print(json.dumps({"ready": True}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    (_, audio), (_, text) = model.encode_audio(spectrograms), model.encode_text(ids)
    logits = model.logit_scale.exp() * text @ audio.T
    loss = (F.cross_entropy(logits, diagonal) + F.cross_entropy(logits.T, diagonal)) / 2
    loss.backward()
    optimiser.step()
    with torch.no_grad():
        model.logit_scale.clamp_(max=math.log(100))
    optimiser.zero_grad()
    print(json.dumps({"seconds": time.perf_counter() - start, "loss": loss.item()}), flush=True)
