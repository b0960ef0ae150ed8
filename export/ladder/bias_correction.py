"""Third rung: biases moved by what quantisation shifts the mean of their layer.

Rounding does not err evenly: with few values per channel, as in depthwise convolutions, the mean of
an output moves, and the next layers with it. Nagel et al., "Data-free quantization through weight
equalization and bias correction", ICCV 2019, section 4.2 (the empirical variant). Costs nothing on
the device.

Where a rectifier is one operator with its layer, as in TFLite, only the mean behind it is seen. A
bias moves it by the share of the values that are not cut, by which the shift is then divided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from export.ladder.recipe import Job, Recipe

CELLS = 48
"""Calibration cells that the means are taken over; a mean over positions needs few."""

MOVABLE = 0.05
"""Least share of uncut values in a channel that is corrected: few say more of these cells."""


def recipes(start: Recipe, job: Job) -> Iterator[Recipe]:
    """The start with every bias corrected, from the first layer to the last.

    One after the other: a shift that an earlier correction has removed must not be corrected again
    where it would have arrived.
    """
    cells = job.pixels[:CELLS]
    quantiser = start.quantiser
    biases: dict[str, NDArray[np.float64]] = {}
    names = [layer.bias for layer in quantiser.layers if layer.bias is not None]
    wanted, shares = quantiser.means(names, cells), quantiser.movable(names, cells)
    for name in names:
        found = quantiser.means([name], cells, replace(start, biases=biases).content)
        share = shares[name]
        shift = (wanted[name] - found[name]) / np.maximum(share, MOVABLE)
        biases[name] = np.where(share < MOVABLE, 0.0, shift)
    yield replace(
        start,
        biases=biases,
        note=f"{start.note}; {len(biases)} biases corrected",
    )
