"""The matrix as pictures, for docs/."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.matrix.rows import Row

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
COLOURS = ("#2b5f9e", "#d0652a", "#2a8a68", "#8657b0", "#a8811b", "#bd4579", "#3f8797", "#73787d")


def draw(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Accuracy over latency where images were given, and what each format saves; the files."""
    import matplotlib as mpl

    mpl.use("Agg")
    drawn = [_savings(rows, folder / "matrix-formats.png")]
    if any(row.top1 for row in rows):
        drawn.append(_tradeoff(rows, folder / "matrix-accuracy.png"))
    return drawn


def _tradeoff(rows: Sequence[Row], path: Path) -> Path:
    """Top-1 over the time of an inference; a colour a network, a marker a format."""
    from matplotlib import pyplot

    judged = [row for row in rows if row.top1]
    colour, marker = _keys(judged)
    figure, axes = pyplot.subplots(figsize=(9, 5), layout="constrained")
    for row in judged:
        if row.top1 is None:
            continue
        top1 = 100 * row.top1.value
        axes.errorbar(
            row.invoke,
            top1,
            yerr=[[top1 - 100 * row.top1.low], [100 * row.top1.high - top1]],
            color=colour[row.network],
            marker=marker[row.format],
            markersize=8,
            markeredgecolor="white",
            elinewidth=1,
            alpha=0.85,
        )
    axes.set_xscale("log")
    axes.set_xlabel("one inference, ms")
    axes.set_ylabel("top-1, % (95 % interval)")
    _finish(figure, axes, colour, marker)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
    return path


def _savings(rows: Sequence[Row], path: Path) -> Path:
    """The time of an inference over the size of the file: down and left is better."""
    from matplotlib import pyplot

    colour, marker = _keys(rows)
    figure, axes = pyplot.subplots(figsize=(9, 5), layout="constrained")
    for row in rows:
        axes.plot(
            row.size / 1e6,
            row.invoke,
            color=colour[row.network],
            marker=marker[row.format],
            markersize=8,
            markeredgecolor="white",
            alpha=0.85,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("file, MB")
    axes.set_ylabel("one inference, ms")
    _finish(figure, axes, colour, marker)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
    return path


def _keys(rows: Sequence[Row]) -> tuple[dict[str, str], dict[str, str]]:
    networks = dict.fromkeys(row.network for row in rows)
    forms = dict.fromkeys(row.format for row in rows)
    return (
        {name: COLOURS[n % len(COLOURS)] for n, name in enumerate(networks)},
        {name: MARKERS[n % len(MARKERS)] for n, name in enumerate(forms)},
    )


def _finish(figure: Any, axes: Any, colour: dict[str, str], marker: dict[str, str]) -> None:
    from matplotlib.lines import Line2D

    axes.grid(color="#dedbd4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    keys = [Line2D([], [], color=tone, marker="o", ls="", label=n) for n, tone in colour.items()]
    keys += [Line2D([], [], color="#5c6670", marker=m, ls="", label=n) for n, m in marker.items()]
    figure.legend(handles=keys, loc="outside right upper", frameon=False)
