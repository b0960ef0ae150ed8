"""The images that latency is timed on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from PIL import Image

from wbc_edge import image, synthetic
from wbc_edge.errors import InputError
from wbc_edge.measure.dataset import Dataset, Item

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
    """Up to eight readable files, one from each eighth of the set.

    Raises:
        InputError: none is an image; why the first is none.
    """
    parts = _parts(dataset.items)
    readable = [path for part in parts if (path := _first_readable(part)) is not None]
    if readable:
        return [path.read_bytes() for path in readable]
    first = dataset.items[0].path
    raise InputError(f"no image in {dataset.folder} can be read; {_fault(first)}")


def _parts(items: Sequence[Item]) -> list[Sequence[Item]]:
    """The items in as many parts as images are wanted."""
    ends = [number * len(items) // COUNT for number in range(COUNT + 1)]
    return [items[start:end] for start, end in pairwise(ends)]


def _first_readable(items: Sequence[Item]) -> Path | None:
    """The readable file that is met first from the middle on, and then from the start."""
    middle = len(items) // 2
    paths = (item.path for item in (*items[middle:], *items[:middle]))
    return next((path for path in paths if _fault(path) is None), None)


def _fault(path: Path) -> str | None:
    """Why a file cannot be read, its name included; None where it can."""
    try:
        image.load(path)
    except InputError as error:
        return str(error)
    return None
