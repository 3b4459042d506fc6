"""Weights from a counter: a number for each (seed, tensor name, index), the same in every language.

`packages/encoders/test/full/counter-weights.ts` makes the same numbers, so that two programs can have one model of the
real size without a file of it. All of it is exact: 32-bit integers, then one rounding to float32 for each operation.
"""

import math
import zlib

import numpy as np

#: centre and half-width of what is drawn, by the end of a name; the first that fits
RANGES = (
    ("bn0.running_mean", -40.0, 10.0),  # before it are decibels
    ("bn0.running_var", 250.0, 150.0),
)


def integers(name, count, seed):
    """uint32, by the finisher of MurmurHash3 (Appleby 2011)."""
    key = np.uint32(zlib.crc32(name.encode()) ^ seed)
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + key
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        return x ^ (x >> np.uint32(16))


def uniform(name, count, seed):
    """float32 in [-1, 1), each a multiple of 2^-23."""
    return ((integers(name, count, seed) >> np.uint32(8)).astype("i4") - 2**23).astype("f4") * np.float32(2.0**-23)


def counter_weights(name, shape, seed):
    """Of variance 1 / inputs for matrices and kernels; near 1 for the scales of normalisations; near 0 for biases."""
    shape = tuple(shape)
    for ending, centre, width in RANGES:
        if name.endswith(ending):
            break
    else:
        if len(shape) >= 2:
            centre, width = 0.0, math.sqrt(3 / math.prod(shape[1:]))
        else:
            centre, width = (1.0, 0.2) if name.endswith("weight") else (0.0, 0.2)
    values = uniform(name, math.prod(shape), seed) * np.float32(width) + np.float32(centre)
    return values.reshape(shape)
