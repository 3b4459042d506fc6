"""Writes the .npy files of packages/cli/test/goldens/npy, each with NumPy's own writer, and npy.json beside the folder.

    python tools/goldens/npy.py

Needs numpy; the version that made the files is recorded in npy.json (numpy 2.4). Inputs are literal or seeded, so a
second run writes the same bytes. Every value is recorded as the hexadecimal bits of its float64, in row-major order: no
decimal stands between NumPy's number and the test's.
"""

import json
import platform
import struct
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

OUT = Path(__file__).resolve().parents[2] / "packages" / "cli" / "test" / "goldens" / "npy"
OUT.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(2024)
readable = {}


def write(name, array, version=(1, 0), allow_pickle=False):
    with open(OUT / f"{name}.npy", "wb") as file:
        npy.write_array(file, array, version=version, allow_pickle=allow_pickle)


def bits(value):
    # One NaN is as good as another: readers need not keep its payload.
    return "nan" if np.isnan(value) else struct.pack(">d", float(value)).hex()


def golden(name, array, version=(1, 0)):
    write(name, array, version)
    readable[name] = {"shape": list(array.shape), "bits": [bits(v) for v in array.astype("f8").ravel(order="C")]}


numbers = rng.standard_normal((5, 3)) * 10.0 ** rng.integers(-30, 30, (5, 3))
halves = rng.standard_normal((5, 3))
extremes = {
    # Smallest and largest subnormal, smallest and largest normal, the neighbours of one, both zeros.
    2: [2**-24, 2**-14 - 2**-24, 2**-14, 65504, 1 - 2**-11, 1 + 2**-10, 0.0, -0.0, np.inf, -np.inf, np.nan, -(2**-24)],
    4: [2**-149, 2**-126 - 2**-149, 2**-126, 3.4028234663852886e38, 1 - 2**-24, 1 + 2**-23, 0.0, -0.0, np.inf, -np.inf, np.nan, -(2**-149)],
    8: [5e-324, 2**-1022 - 5e-324, 2**-1022, 1.7976931348623157e308, 1 - 2**-53, 1 + 2**-52, 0.0, -0.0, np.inf, -np.inf, np.nan, -5e-324],
}
for size in (2, 4, 8):
    for order, mark in (("<", "little"), (">", "big")):
        dtype = np.dtype(f"{order}f{size}")
        array = (halves if size == 2 else numbers).astype(dtype)
        golden(f"f{size}-{mark}-c", np.ascontiguousarray(array))
        golden(f"f{size}-{mark}-fortran", np.asfortranarray(array))
        golden(f"f{size}-{mark}-extremes", np.array(extremes[size], dtype).reshape(4, 3))
golden("version-2", numbers.astype("<f4"), version=(2, 0))
golden("version-3", numbers.astype("<f4"), version=(3, 0))
golden("version-2-fortran", np.asfortranarray(numbers), version=(2, 0))
golden("one-by-one", np.array([[1.5]]))
golden("one-row", numbers[:1].astype("<f4"))
golden("one-column", np.asfortranarray(numbers[:, :1]))

write("refused-1d", np.arange(6, dtype="<f4"))
write("refused-3d", np.zeros((2, 3, 4), "<f4"))
write("refused-0d", np.array(1.5))
write("refused-no-rows", np.zeros((0, 4), "<f4"))
write("refused-no-columns", np.zeros((4, 0), "<f4"))
write("refused-int64", np.arange(6).reshape(2, 3))
write("refused-bool", np.ones((2, 3), bool))
write("refused-complex", np.ones((2, 3), "<c8"))
write("refused-longdouble", np.ones((2, 3), np.longdouble))
write("refused-string", np.array([["a", "b"]]))
write("refused-object", np.array([[1, "two"], [None, 4.0]], dtype=object), allow_pickle=True)
write("refused-structured", np.array([(1.0, 2.0)], dtype=[("x", "<f4"), ("y", "<f4")]))

values = {"made by": {"python": platform.python_version(), "numpy": np.__version__}, "readable": readable}
(OUT.parent / "npy.json").write_text(json.dumps(values, indent=1) + "\n")
