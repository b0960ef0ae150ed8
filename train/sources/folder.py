"""A folder per class: `ROOT/<label>/**/<picture>`; PBC and most public sets come like this."""

from __future__ import annotations

from pathlib import Path

from train.sources.sample import Sample
from wbc_edge.inputs import SUFFIXES


def read(root: Path) -> list[Sample]:
    """Every picture below `root`, labelled by the first folder under it, in order of path."""
    samples = []
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if len(inside.parts) < 2 or path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        key = inside.as_posix()
        samples.append(Sample(key=key, path=path, label=inside.parts[0], group=key))
    return samples
