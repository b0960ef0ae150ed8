"""Readers of labelled cells, one file per layout, and the registry that names them.

A source is given on the command line as `[READER:]PATH[@WEIGHT]`, for example `data/pbc`,
`chula:data/chula@0.12` or `bccd:data/bccd@0.08`. The reader defaults to `folder`; the weight is the
share of the source in a training batch and defaults to its share of the samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from train.sources import bccd, chula, folder
from train.sources.sample import Sample
from wbc_edge.errors import UsageError

Reader = Callable[[Path], list[Sample]]

READERS: dict[str, Reader] = {
    "folder": folder.read,
    "chula": chula.read,
    "bccd": bccd.read,
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source of cells: how to read it, where it lies and its share of a training batch."""

    reader: str
    path: Path
    weight: float | None = None

    @property
    def name(self) -> str:
        """The folder's own name, by which splits, metrics and cards call the source."""
        return self.path.resolve().name

    def read(self) -> list[Sample]:
        """All labelled cells of the source.

        Raises:
            UsageError: the folder is missing or holds no labelled cell.
        """
        if not self.path.is_dir():
            raise UsageError(f"{self.path}: no such folder of cells")
        samples = READERS[self.reader](self.path)
        if not samples:
            raise UsageError(
                f"{self.path}: the reader '{self.reader}' found no labelled cell in it"
            )
        return samples

    def __str__(self) -> str:
        share = "" if self.weight is None else f"@{self.weight:g}"
        return f"{self.reader}:{self.path}{share}"


def parse(text: str) -> Source:
    """A source from `[READER:]PATH[@WEIGHT]`.

    Raises:
        UsageError: unknown reader, or a weight that is not a positive number.
    """
    reader, separator, rest = text.partition(":")
    if not separator or reader not in READERS:
        # A drive letter or a plain path; a reader's name is never a single letter.
        if separator and len(reader) > 1 and "/" not in reader:
            raise UsageError(f"{text}: unknown reader '{reader}'; there are {', '.join(READERS)}")
        reader, rest = "folder", text
    path, separator, share = rest.rpartition("@")
    if not separator:
        return Source(reader=reader, path=Path(rest))
    try:
        weight = float(share)
    except ValueError:
        weight = 0.0
    if not weight > 0:
        raise UsageError(f"{text}: the weight after '@' has to be a positive number, not '{share}'")
    return Source(reader=reader, path=Path(path), weight=weight)
