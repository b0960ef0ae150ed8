"""What of a picture is not the cell: size, format, empty background, black frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from train.audit.cell import Cell

TINT = 12.0
"""Blue minus red, of 255, from which a background is called bluish (or, below, yellowish)."""

FRAMED = 0.1
"""Share of black in the rim from which a picture is called framed."""

MOST_SIZES = 12
"""With more sizes than this the shorter side is taken in quarters instead."""


def sizes(cells: Sequence[Cell]) -> list[str]:
    """Width x height of each, or the quarter that its shorter side lies in where sizes abound."""
    if len({(c.width, c.height) for c in cells}) <= MOST_SIZES:
        return [f"{c.width} x {c.height}" for c in cells]
    sides = np.array([min(c.width, c.height) for c in cells])
    edges = np.quantile(sides, (0, 0.25, 0.5, 0.75, 1)).astype(int)
    quarter = np.clip(np.searchsorted(edges[1:-1], sides, side="right"), 0, 3)
    return [f"shorter side {edges[q]} to {edges[q + 1]}" for q in quarter]


def formats(cells: Sequence[Cell]) -> list[str]:
    """File format of each."""
    return [c.format for c in cells]


def tints(cells: Sequence[Cell]) -> list[str]:
    """Colour cast of the empty background of each."""
    return [_tint(c) for c in cells]


def frames(cells: Sequence[Cell]) -> list[str]:
    """Whether a black frame shows at the rim, as turning a picture leaves one."""
    return ["black at the rim" if c.black_rim >= FRAMED else "no black rim" for c in cells]


ATTRIBUTES: dict[str, Callable[[Sequence[Cell]], list[str]]] = {
    "size": sizes,
    "format": formats,
    "background": tints,
    "frame": frames,
}
"""Attribute -> its value for every cell."""


def rare_together(values: Sequence[str], least: int) -> list[str]:
    """The same values, those that fewer cells have than `least` under one name."""
    counts = Counter(values)
    return [value if counts[value] >= least else "any rarer value" for value in values]


def blue_cast(cells: Sequence[Cell]) -> np.ndarray:
    """Blue minus red of the background of each, (N,)."""
    return np.array([c.background[2] - c.background[0] for c in cells])


def _tint(cell: Cell) -> str:
    cast = cell.background[2] - cell.background[0]
    if cast >= TINT:
        return "bluish"
    return "yellowish" if cast <= -TINT else "neutral"
