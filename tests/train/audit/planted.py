"""Cells as the checks see them, without pictures behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from train.audit import Evidence
from train.audit.cell import Cell
from train.sources.sample import Sample


def cell(number: int, label: str, *, source: str = "cells", **changes: Any) -> Cell:
    """A cell unlike every other one of another number, `changes` going to cell or sample."""
    rng = np.random.default_rng(number)
    key = changes.pop("key", f"{label}/{number:04d}.png")
    of_sample = {name: changes.pop(name) for name in ("group", "part", "original") & changes.keys()}
    signature = np.sqrt(rng.dirichlet(np.full(512, 0.05))).astype(np.float32)
    settings: dict[str, Any] = {
        "source": source,
        "sample": Sample(
            **{"key": key, "path": Path(key), "label": label, "group": key} | of_sample
        ),
        "bytes_digest": f"bytes {number}",
        "pixels_digest": f"pixels {number}",
        "format": "PNG",
        "file_bytes": int(rng.integers(10_000, 20_000)),
        "width": 96,
        "height": 96,
        "mean": tuple(rng.normal(180, 5, 3)),
        "background": tuple(rng.normal(220, 2, 3)),
        "black_rim": 0.0,
        "hash": int(rng.integers(0, 2**63)),
        "signature": signature,
    }
    return Cell(**settings | changes)


def evidence(*cells: Cell, copies: bool = False) -> Evidence:
    """Evidence of these cells; without files there is nothing to look for copies in."""
    found = Evidence(sources=tuple(dict.fromkeys(c.source for c in cells)), cells=tuple(cells))
    if not copies:
        found.__dict__["copies"] = []
    return found
