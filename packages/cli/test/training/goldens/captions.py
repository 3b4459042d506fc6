"""Writes miniatures of LP-MusicCaps-MTT's parquet files, with texts of our own, beside itself: python captions.py (pyarrow 25)."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

instruments = ["violin", "flute", "oboe", "tuba"]
table = pa.table(
    {
        "track_id": pa.array([str(i) for i in range(len(instruments))]),
        "title": pa.array(["a title"] * len(instruments)),
        "tag_top50": pa.array([[name, "slow"] for name in instruments], pa.list_(pa.string())),
        "caption_writing": pa.array([f" A slow piece for {name}. " for name in instruments]),
        "caption_summary": pa.array([f"Slow {name}." for name in instruments]),
        "pseudo_attribute": pa.array([["calm"], [], None, ["low", "calm"]], pa.list_(pa.string())),
        "path": pa.array([f"{name[0]}/{name}-0-29.mp3" for name in instruments]),
    }
)
here = Path(__file__).parent
pq.write_table(table, here / "captions-snappy.parquet", compression="snappy")
pq.write_table(table.slice(0, 2), here / "captions-gzip.parquet", compression="gzip")
pq.write_table(table.slice(0, 2), here / "captions-zstd.parquet", compression="zstd")
gap = table.set_column(3, "caption_writing", pa.array(["A violin.", None, "An oboe.", " "]))
pq.write_table(gap, here / "captions-gap.parquet", compression="snappy")
numbers = table.set_column(0, "track_id", pa.array([10, 11, 12, 13], pa.int64()))
pq.write_table(numbers, here / "captions-number-ids.parquet", compression="none")
outside = table.slice(0, 2).set_column(6, "path", pa.array(["v/violin.mp3", "../tuba.mp3"]))
pq.write_table(outside, here / "captions-outside.parquet", compression="snappy")
