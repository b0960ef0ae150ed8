"""Pictures that look alike as they stand: perceptual hashes few bits apart, colours the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from train.audit.cell import Cell

MOST_BITS = 4
"""Of 64. Single cells before an even smear have hashes nearer one another than photographs do."""

LEAST_COLOUR = 0.95
"""Least similarity of the colour signatures (cosine): shapes alike and stains apart are chance."""

_ROWS = 512


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Two pictures that look the same, and what makes one think so."""

    a: Cell
    b: Cell
    reason: str


def marks(pairs: Iterable[Pair]) -> Callable[[Cell], Sequence[int]]:
    """What `train.together` needs to join the cells of pairs: the numbers of a cell's pairs."""
    numbers: dict[int, list[int]] = {}
    for number, pair in enumerate(pairs):
        for cell in (pair.a, pair.b):
            numbers.setdefault(id(cell), []).append(number)
    return lambda cell: numbers.get(id(cell), ())


def pairs(cells: Sequence[Cell]) -> list[Pair]:
    """All pairs within the limits, by comparing every hash with every other.

    A block of rows at a time; 15,000 pictures take seconds.
    """
    hashes = np.array([cell.hash for cell in cells], np.uint64)
    found = []
    for start in range(0, len(cells), _ROWS):
        rows = hashes[start : start + _ROWS]
        bits = np.bitwise_count(rows[:, None] ^ hashes[None, start:])
        for i, j in np.argwhere(bits <= MOST_BITS):
            a, b = cells[start + i], cells[start + j]
            if i < j and float(a.signature @ b.signature) >= LEAST_COLOUR:
                found.append(
                    Pair(a=a, b=b, reason=f"perceptual hash {bits[i, j]} of 64 bits apart")
                )
    return found
