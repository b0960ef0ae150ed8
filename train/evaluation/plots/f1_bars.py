"""F1 of each class as grouped bars, a bar for each subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from train import plotting
from train.evaluation.figures import ClassFigures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HATCHES = ("", "//", "..", "xx")


def draw(subjects: Mapping[str, Sequence[ClassFigures]]) -> Figure:
    """Subject -> its classes, all the same and in the same order."""
    labels = [scores.label for scores in next(iter(subjects.values()))]
    figure = plotting.figure(max(5.0, 1.6 + 0.85 * len(labels)), 3.8)
    axes = figure.add_subplot()
    width = 0.8 / len(subjects)
    lowest = 1.0
    for number, ((name, classes), colour) in enumerate(
        zip(subjects.items(), plotting.colours(len(subjects)), strict=True)
    ):
        found = [(place, scores.f1) for place, scores in enumerate(classes) if scores.f1]
        lowest = min([lowest, *(estimate.low for _, estimate in found)])
        axes.bar(
            [place + width * (number - (len(subjects) - 1) / 2) for place, _ in found],
            [estimate.value for _, estimate in found],
            width=0.92 * width,
            yerr=(
                [estimate.value - estimate.low for _, estimate in found],
                [estimate.high - estimate.value for _, estimate in found],
            ),
            color=colour,
            hatch=HATCHES[number % len(HATCHES)],
            edgecolor=plotting.INK,
            linewidth=0.4,
            ecolor=plotting.INK,
            error_kw={"elinewidth": 1, "capsize": 2},
            label=name,
        )
    axes.set_xticks(range(len(labels)), labels, rotation=25, ha="right", rotation_mode="anchor")
    axes.grid(visible=False, axis="x")
    # Bars begin at zero unless that would hide every difference; the title then says so.
    cut = lowest > 0.8
    axes.set_ylim(0.05 * int(lowest / 0.05) if cut else 0, 1)
    plotting.in_percent(axes.yaxis)
    axes.set_ylabel("F1")
    axes.set_title("F1 by class" + (" (the axis does not begin at zero)" if cut else ""))
    figure.legend(loc="outside lower center", ncols=min(3, len(subjects)))
    return figure
