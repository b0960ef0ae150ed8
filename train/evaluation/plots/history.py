"""Training curves: loss and accuracy by epoch, on training and on validation cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from train.evaluation.plots import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS = {"loss": "Loss", "accuracy": "Accuracy"}


def draw(history: Sequence[Mapping[str, float]]) -> Figure:
    """Both panels, the epoch of the best validation accuracy marked."""
    figure = style.figure(8.4, 3.2)
    epochs = [row["epoch"] for row in history]
    best = max(history, key=lambda row: row.get("val_accuracy", 0.0))["epoch"]
    for axes, (key, title) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
        for name, label, colour, dash in (
            (key, "training (augmented views)", style.COLOURS[1], style.DASHES[1]),
            (f"val_{key}", "validation", style.COLOURS[0], style.DASHES[0]),
        ):
            if all(name in row for row in history):
                axes.plot(
                    epochs,
                    [row[name] for row in history],
                    color=colour,
                    linestyle=dash,
                    marker="o",
                    markersize=3,
                    label=label,
                )
        axes.axvline(best, color=style.INK, alpha=0.45, linewidth=0.9, linestyle=":")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set(xlabel="epoch", title=title)
        axes.legend()
        if key == "accuracy":
            style.in_percent(axes.yaxis)
    return figure
