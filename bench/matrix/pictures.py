"""The matrix as pictures, for docs/: a colour a network, a shape a format, a fill a runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.matrix.rows import Row

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "p", "h", "<", ">")
FILLS = ("full", "left", "none", "top", "right", "bottom")
SHAPE = {"markersize": 9, "markerfacecoloralt": "white", "alpha": 0.9}
Look = dict[str, Any]
COLOURS = (
    *("#2b5f9e", "#d0652a", "#2a8a68", "#8657b0", "#a8811b", "#bd4579"),
    *("#3f8797", "#73787d", "#77b5e8", "#e6a3c4", "#94bf4e", "#4b3826"),
)


def draw(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Accuracy over latency where images were given, and what each format saves; the files."""
    import matplotlib as mpl

    mpl.use("Agg")
    drawn = [_savings(rows, folder / "matrix-formats.png")]
    if any(row.top1 for row in rows):
        drawn.append(_tradeoff(rows, folder / "matrix-accuracy.png"))
    return drawn


def _tradeoff(rows: Sequence[Row], path: Path) -> Path:
    """Top-1 over the time of an inference: up and left is better."""
    with _figure(rows, path) as (axes, look):
        for row in rows:
            if row.top1 is None:
                continue
            ends = [100 * row.top1.low, 100 * row.top1.high]
            axes.vlines(row.invoke, *ends, color=look(row)["color"], linewidth=1, alpha=0.3)
            axes.plot(row.invoke, 100 * row.top1.value, **look(row))
        _plain_log(axes.xaxis, axes.set_xscale)
        axes.set_xlabel("one inference, ms")
        axes.set_ylabel("top-1, % (95 % interval)")
    return path


def _savings(rows: Sequence[Row], path: Path) -> Path:
    """The time of an inference over the size of the file: down and left is better."""
    with _figure(rows, path) as (axes, look):
        for row in rows:
            axes.plot(row.size / 1e6, row.invoke, **look(row))
        _plain_log(axes.xaxis, axes.set_xscale)
        _plain_log(axes.yaxis, axes.set_yscale)
        axes.set_xlabel("file, MB")
        axes.set_ylabel("one inference, ms")
    return path


@contextmanager
def _figure(rows: Sequence[Row], path: Path) -> Iterator[tuple[Any, Callable[[Row], Look]]]:
    """Axes to draw on, and the look of a row's mark; saved in the end with a key to all marks."""
    from matplotlib import pyplot
    from matplotlib.lines import Line2D

    colour = _keys((row.network for row in rows), COLOURS)
    marker = _keys((row.format for row in rows), MARKERS)
    fill = _keys((row.runtime for row in rows), FILLS)
    figure, axes = pyplot.subplots(figsize=(9, 5), layout="constrained")

    def look(row: Row) -> Look:
        return {
            "color": colour[row.network],
            "marker": marker[row.format],
            "fillstyle": fill[row.runtime],
            **SHAPE,
        }

    yield axes, look
    axes.grid(color="#dedbd4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    shapes: Look = {"color": "#5c6670", "ls": "", **SHAPE}
    keys = [
        Line2D([], [], marker="o", label=n, **{**shapes, "color": c}) for n, c in colour.items()
    ]
    keys += [Line2D([], [], marker=m, label=n, **shapes) for n, m in marker.items()]
    fills: dict[str, Any] = fill
    keys += [Line2D([], [], marker="o", fillstyle=f, label=n, **shapes) for n, f in fills.items()]
    figure.legend(handles=keys, loc="outside right upper", frameon=False)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _keys(names: Iterable[str], looks: Sequence[str]) -> dict[str, str]:
    return {name: looks[n % len(looks)] for n, name in enumerate(dict.fromkeys(names))}


def _plain_log(axis: Any, set_scale: Callable[[str], object]) -> None:
    """A logarithmic axis with 1, 2, 5, 10 written out."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    set_scale("log")
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
