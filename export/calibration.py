"""The representative data set: training cells that give int8 activations their ranges."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from train import pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from train.run import Run
    from train.sources.sample import Sample

SIZE = 320
"""Default number of cells; ranges of the shipped networks no longer move beyond it."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Calibration pixels (N, h, w, 3) and the hash of the cells they come from."""

    pixels: NDArray[np.uint8]
    sha256: str


def calibration(run: Run, *, size: int = SIZE, seed: int = 0) -> Calibration:
    """Cells of the run's training split, as many of every source and class as can be had.

    Only the training split is ever touched: a network calibrated on its test cells is tested on
    cells that it has seen (MLPerf Tiny forbids it).
    """
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
    names = "\n".join(f"{source}\t{sample.key}" for source, sample in drawn)
    return Calibration(
        pixels=np.stack([pixels.prepare(sample, run.config.input) for _, sample in drawn]),
        sha256=hashlib.sha256(names.encode()).hexdigest(),
    )
