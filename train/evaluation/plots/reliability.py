"""The reliability diagram: does a confidence of 90 % mean right nine times in ten?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from train import plotting
from wbc_edge.measure.accuracy import Calibration
from wbc_edge.measure.intervals import around
from wbc_edge.wording import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(calibration: Calibration, independent: int) -> Figure:
    """Accuracy over confidence for each bin that holds cells, and how many each holds.

    Args:
        calibration: the bins.
        independent: for how many cells all of them count; the whiskers are Wilson's 95 % interval
            at each bin's part of these.
    """
    figure = plotting.figure(4.6, 4.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    bins = calibration.bins
    worth = independent / sum(part.count for part in bins)
    estimates = [around(part.accuracy, worth * part.count) for part in bins]
    upper.plot([0, 1], [0, 1], color=plotting.INK, alpha=0.5, linewidth=0.9, linestyle=":")
    upper.errorbar(
        [part.confidence for part in bins],
        [part.accuracy for part in bins],
        yerr=(
            [max(0.0, e.value - e.low) for e in estimates],
            [max(0.0, e.high - e.value) for e in estimates],
        ),
        color=plotting.COLOURS[0],
        marker="o",
        markersize=4.5,
        linewidth=1.2,
        elinewidth=1,
        capsize=2,
        clip_on=False,
        zorder=3,
    )
    upper.set(xlim=(0, 1), ylim=(0, 1), ylabel="right")
    upper.set_title(f"Reliability (calibration error {percent(calibration.error)})")
    plotting.in_percent(upper.yaxis, lower.xaxis)
    lower.bar(
        [part.low for part in bins],
        [part.count for part in bins],
        width=[part.high - part.low for part in bins],
        align="edge",
        color=plotting.COLOURS[4],
        linewidth=0,
    )
    lower.set_yscale("log")
    lower.set_ylim(bottom=0.7)
    lower.set(xlabel="confidence", ylabel="cells (log)")
    return figure
