"""The confusion matrix: what the cells of each class were called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from train import plotting

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(confusion: Sequence[Sequence[int]], labels: Sequence[str]) -> Figure:
    """Counts (true class, predicted class), shaded by their share of the true class."""
    counts = np.asarray(confusion)
    with np.errstate(invalid="ignore"):
        shares = np.nan_to_num(counts / counts.sum(axis=1, keepdims=True))
    size = len(labels)
    figure = plotting.figure(2.2 + 0.52 * size, 1.5 + 0.46 * size)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    for row, column in np.argwhere(counts > 0):
        axes.text(
            column,
            row,
            f"{counts[row, column]:,}",
            ha="center",
            va="center",
            fontsize=8,
            # On the shades of the map, not on the page: these two do not follow it.
            color="#ffffff" if shares[row, column] > 0.55 else "#202020",
        )
    axes.set_xticks(range(size), labels, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(size), labels)
    axes.tick_params(length=0)
    axes.set_xlabel("called")
    axes.set_ylabel("true class")
    axes.set_title("Confusion matrix")
    return figure
