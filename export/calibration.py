"""The representative data set: training cells that give int8 activations their ranges."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from train import pixels
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from train.run import Run
    from train.sources.sample import Sample

SIZE = 320
"""Default number of cells; ranges of the shipped networks no longer move beyond it."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Calibration pixels (N, h, w, 3), the seed that drew them, and their SHA-256 in hex."""

    pixels: NDArray[np.uint8]
    seed: int
    sha256: str


def calibration(run: Run, *, size: int = SIZE, seed: int = 0) -> Calibration:
    """Cells of the run's training split, as many of every source and class as can be had.

    Only the training split is ever touched: a network calibrated on its test cells is tested on
    cells that it has seen (MLPerf Tiny forbids it).

    Raises:
        UsageError: no cell was asked for, or one looks like a validation or test cell.
    """
    drawn, views = _drawn(run, size, seed)
    cells = [sample for _, sample in drawn]
    if found := held_out(run, views):
        number, known = next(iter(found.items()))
        raise UsageError(
            f"{cells[number].path}: calibrates and is the {known}; a network must not be "
            "calibrated on cells that judge it"
        )
    return Calibration(pixels=views, seed=seed, sha256=_digest(views).hex())


def training_views(run: Run, *, size: int, seed: int) -> NDArray[np.uint8]:
    """(N, h, w, 3) views of training cells, drawn as for calibration, to learn from.

    Those that look like a validation or test cell are left out.
    """
    _, views = _drawn(run, size, seed)
    known = held_out(run, views)
    return views[[number for number in range(len(views)) if number not in known]]


def _drawn(run: Run, size: int, seed: int) -> tuple[list[tuple[str, Sample]], NDArray[np.uint8]]:
    """Training cells with their sources, and the network's views of them."""
    if size < 1:
        raise UsageError(f"calibration needs at least one cell, not {size}")
    strata: dict[tuple[str, str], list[Sample]] = {}
    for name, split in sorted(run.splits.items()):
        for sample in split.parts["train"]:
            strata.setdefault((name, sample.label), []).append(sample)
    drawn: list[tuple[str, Sample]] = []
    rng = np.random.default_rng(seed)
    # Strata in any order, so that a few cells are not all of the source that sorts first.
    keys = list(strata)
    order = [keys[i] for i in rng.permutation(len(keys))]
    shuffled = {key: [strata[key][i] for i in rng.permutation(len(strata[key]))] for key in order}
    depth = 0
    while len(drawn) < size and any(depth < len(cells) for cells in shuffled.values()):
        drawn += [(key[0], cells[depth]) for key, cells in shuffled.items() if depth < len(cells)]
        depth += 1
    drawn = drawn[:size]
    views = np.stack([pixels.prepare(sample, run.config.input) for _, sample in drawn])
    return drawn, views


def held_out(run: Run, views: NDArray[np.uint8]) -> dict[int, str]:
    """Which of the views (N, h, w, 3) are those of a validation or test cell, and which cell's.

    The same picture can lie under two names, or in two sources; what counts is what the network
    sees.
    """
    numbers: dict[bytes, list[int]] = {}
    for number, view in enumerate(views):
        numbers.setdefault(_digest(view), []).append(number)
    found = {}
    for source, split in run.splits.items():
        for part in ("val", "test"):
            samples = split.parts[part]
            for sample, view in zip(samples, run.part(source, part)[0], strict=True):
                for number in numbers.get(_digest(view), ()):
                    found[number] = f"{part} cell {sample.key} of {source}"
    return found


def _digest(pixels: NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(pixels.tobytes()).digest()
