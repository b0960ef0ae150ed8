"""The smallest configuration that still learns: drawn cells at 32 px, a quarter MobileNet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from train.config import Config
from train.sources import Source
from wbc_edge import synthetic
from wbc_edge.card import Framing, InputSpec


def config(cells: Path, **changes: Any) -> Config:
    """A configuration that trains in seconds on the drawn cells of a folder."""
    settings: dict[str, Any] = {
        "sources": (Source(reader="folder", path=cells),),
        "labels": tuple(sorted(synthetic.LABELS)),
        "options": {"alpha": 0.25},
        "weights": None,
        "input": InputSpec(height=32, width=32, framing=Framing(method="cell", scale=2.2)),
        "batch_size": 16,
        "epochs": 2,
        "steps": 4,
    }
    return Config(**settings | changes)
