"""The representative data set: training cells that give int8 activations their ranges."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
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
    """Calibration pixels (N, h, w, 3), how they were drawn, and the hash of their cells."""

    pixels: NDArray[np.uint8]
    seed: int
    sha256: str


def calibration(run: Run, *, size: int = SIZE, seed: int = 0) -> Calibration:
    """Cells of the run's training split, as many of every source and class as can be had.

    Only the training split is ever touched: a network calibrated on its test cells is tested on
    cells that it has seen (MLPerf Tiny forbids it).

    Raises:
        UsageError: no cell was asked for, or one has the bytes of a validation or test cell.
    """
    if size < 1:
        raise UsageError(f"calibration needs at least one cell, not {size}")
    strata: dict[tuple[str, str], list[Sample]] = {}
    for name, split in sorted(run.splits.items()):
        for sample in split.parts["train"]:
            strata.setdefault((name, sample.label), []).append(sample)
    drawn: list[tuple[str, Sample]] = []
    rng = np.random.default_rng(seed)
    shuffled = {
        key: [cells[i] for i in rng.permutation(len(cells))] for key, cells in strata.items()
    }
    depth = 0
    while len(drawn) < size and any(depth < len(cells) for cells in shuffled.values()):
        drawn += [(key[0], cells[depth]) for key, cells in shuffled.items() if depth < len(cells)]
        depth += 1
    drawn = drawn[:size]
    views = np.stack([pixels.prepare(sample, run.config.input) for _, sample in drawn])
    refuse_held_out(run, (sample for _, sample in drawn), views)
    names = "\n".join(f"{source}\t{sample.key}" for source, sample in drawn)
    return Calibration(pixels=views, seed=seed, sha256=hashlib.sha256(names.encode()).hexdigest())


def refuse_held_out(run: Run, cells: Iterable[Sample], views: NDArray[np.uint8]) -> None:
    """Checks by content that no calibration cell is a validation or test cell.

    The same picture can lie under two names, or in two sources; what counts is what the network
    sees.

    Args:
        run: whose validation and test cells are meant.
        cells: the calibration cells, for the message.
        views: what the network sees of them, (N, h, w, 3).

    Raises:
        UsageError: one of them is, naming both.
    """
    seen = {_digest(view): cell for cell, view in zip(cells, views, strict=True)}
    for source, split in run.splits.items():
        for part in ("val", "test"):
            samples = split.parts[part]
            for sample, view in zip(samples, run.part(source, part)[0], strict=True):
                if (found := seen.get(_digest(view))) is not None:
                    raise UsageError(
                        f"{found.path}: calibrates and is the {part} cell {sample.key} of "
                        f"{source}; a network must not be calibrated on cells that judge it"
                    )


def _digest(view: NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(view).tobytes()).digest()
