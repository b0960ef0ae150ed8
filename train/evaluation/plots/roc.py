"""Receiver operating curves, each class against the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from train import plotting
from train.evaluation.ranking import Curve
from wbc_edge.wording import rounded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CORNER = 0.1
"""Side of the corner that is drawn enlarged when all curves run through it."""


def draw(curves: Mapping[str, Curve]) -> Figure:
    """One curve for each class; with an enlarged corner where the curves are good enough."""
    enlarged = min(curve.auc for curve in curves.values()) > 1 - CORNER / 2
    figure = plotting.figure(8.4 if enlarged else 5.4, 4.0)
    whole, *corners = figure.subplots(1, 2 if enlarged else 1, squeeze=False)[0]
    for axes in (whole, *corners):
        for (label, curve), colour, dash in zip(
            curves.items(), plotting.colours(len(curves)), plotting.dashes(len(curves)), strict=True
        ):
            axes.plot(
                curve.false_positive_rate,
                curve.true_positive_rate,
                color=colour,
                linestyle=dash,
                label=f"{label} {rounded(curve.auc, 4, 1)}",
                clip_on=axes is not whole,
            )
        plotting.square(axes)
        plotting.in_percent(axes.xaxis, axes.yaxis)
        axes.set_xlabel("other cells called so (false positives)")
    whole.plot([0, 1], [0, 1], color=plotting.INK, alpha=0.4, linewidth=0.8, linestyle=":")
    whole.set(xlim=(0, 1), ylim=(0, 1), ylabel="cells of the class called so")
    whole.set_title("ROC, one class against the rest")
    for axes in corners:
        axes.set(xlim=(0, CORNER), ylim=(1 - CORNER, 1))
        axes.set_title("upper left corner, enlarged")
    figure.legend(
        *whole.get_legend_handles_labels(), loc="outside right center", title="class, AUC"
    )
    return figure
