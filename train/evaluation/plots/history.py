"""Training curves: loss and accuracy by epoch, on training and on validation cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from train import plotting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANELS = {"loss": "Loss", "accuracy": "Accuracy"}


def draw(history: Sequence[Mapping[str, float]], kept: int | None = None) -> Figure | None:
    """Each panel that the rows have figures for, the epoch that was kept marked; or None."""
    lines = {
        key: [n for n in (key, f"val_{key}") if history and all(n in row for row in history)]
        for key in PANELS
    }
    shown = [key for key, names in lines.items() if names]
    if not shown:
        return None
    figure = plotting.figure(4.2 * len(shown), 3.2)
    epochs = [row["epoch"] for row in history]
    for axes, key in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        for name in lines[key]:
            validation = name.startswith("val_")
            axes.plot(
                epochs,
                [row[name] for row in history],
                color=plotting.COLOURS[0 if validation else 1],
                linestyle=plotting.DASHES[0 if validation else 1],
                marker="o",
                markersize=3,
                label="validation" if validation else "training (augmented views)",
            )
        if kept is not None:
            axes.axvline(kept, color=plotting.INK, alpha=0.45, linewidth=0.9, linestyle=":")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set(xlabel="epoch", title=PANELS[key])
        axes.legend()
        if key == "accuracy":
            plotting.in_percent(axes.yaxis)
    return figure
