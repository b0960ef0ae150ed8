"""Class by class: precision, recall and F1 with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from train import plotting
from train.evaluation.figures import ClassFigures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = {"precision": "precision", "recall": "recall", "f1": "F1"}
MARKERS = ("s", "o", "D")


def draw(classes: Sequence[ClassFigures]) -> Figure:
    """A point and its interval for each figure of each class that has one."""
    figure = plotting.figure(5.4, 1.1 + 0.44 * len(classes))
    axes = figure.add_subplot()
    for number, ((name, title), colour, marker) in enumerate(
        zip(SHOWN.items(), plotting.colours(len(SHOWN)), MARKERS, strict=True)
    ):
        found = [
            (place, estimate)
            for place, scores in enumerate(classes)
            if (estimate := getattr(scores, name)) is not None
        ]
        axes.errorbar(
            [estimate.value for _, estimate in found],
            [place + 0.24 * (number - 1) for place, _ in found],
            xerr=(
                [estimate.value - estimate.low for _, estimate in found],
                [estimate.high - estimate.value for _, estimate in found],
            ),
            color=colour,
            marker=marker,
            markersize=4.5,
            elinewidth=1.2,
            capsize=2,
            linestyle="none",
            label=title,
            clip_on=False,
        )
    axes.set_yticks(
        range(len(classes)), [f"{scores.label} ({scores.support:,})" for scores in classes]
    )
    axes.set_ylim(len(classes) - 0.5, -0.5)
    axes.set_xlim(right=1)
    axes.grid(visible=False, axis="y")
    plotting.in_percent(axes.xaxis, decimals=None)
    axes.set_title("Class by class (cells in brackets)")
    figure.legend(loc="outside lower center", ncols=len(SHOWN))
    return figure
