"""Pictures that look alike, turned or as they stand: hashes few bits apart, colours the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL.Image import Transpose

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
    """What `wbc_edge.measure.together` needs to join cells: the numbers of a cell's pairs."""
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
    # What is known in one way only is laid in that alone.
    laid = np.array([(c.hash, *(c.turned or (c.hash,) * len(Transpose))) for c in cells], np.uint64)
    found = []
    for start in range(0, len(cells), _ROWS):
        rows = hashes[start : start + _ROWS]
        bits = np.stack([np.bitwise_count(rows[:, None] ^ way[None, start:]) for way in laid.T])
        nearest = bits.min(axis=0)
        for i, j in np.argwhere(nearest <= MOST_BITS):
            a, b = cells[start + i], cells[start + j]
            if i < j and float(a.signature @ b.signature) >= LEAST_COLOUR:
                how = "" if bits[0, i, j] == nearest[i, j] else ", one of them turned or mirrored"
                reason = f"perceptual hash {nearest[i, j]} of 64 bits apart{how}"
                found.append(Pair(a=a, b=b, reason=reason))
    return found
