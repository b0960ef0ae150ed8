"""The images that latency is timed on."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from wbc_edge import image, synthetic
from wbc_edge.errors import InputError, UsageError
from wbc_edge.measure.dataset import Dataset, spread

COUNT = 8


def drawn() -> list[bytes]:
    """One drawn cell of each class, as a JPEG file of the size that a camera gives."""
    cells = []
    for label in synthetic.LABELS:
        buffer = io.BytesIO()
        Image.fromarray(synthetic.draw(label)).save(buffer, format="JPEG", quality=95)
        cells.append(buffer.getvalue())
    return cells


def of_dataset(dataset: Dataset) -> list[bytes]:
    """Up to eight readable files from all over the set.

    Raises:
        UsageError: none of those tried is an image.
    """
    tried = (item.path for item in spread(dataset.items, COUNT))
    readable = [path.read_bytes() for path in tried if _decodes(path)]
    if not readable:
        raise UsageError(f"none of the {COUNT} files tried in {dataset.folder} is a readable image")
    return readable


def _decodes(path: Path) -> bool:
    try:
        image.load(path)
    except InputError:
        return False
    return True
