"""The charts and pictures of a report as data URIs, so that one file holds it all."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from train import fonts
from train.audit.finding import Chart, Shown
from wbc_edge import image
from wbc_edge.errors import InputError
from wbc_edge.webpage import thumbnail

SIDE = 150
"""Longer side of a picture in the report, in pixels."""

INK = "#7a8594"
"""Of axes and texts: to be read on white and on black."""

COLOURS = ("#6a51a3", "#c0b8d8", "#4292c6", "#41ab5d", "#fe9929", "#ef6548", "#969696", "#dd3497")


def picture(shown: Shown) -> str | None:
    """The picture, reduced, as a JPEG data URI; None where it cannot be read."""
    try:
        found = image.load(shown.path).picture
    except InputError:
        return None
    if shown.region is not None:
        found = found.crop(shown.region)
    return thumbnail.uri(found, SIDE)


def chart(asked: Chart) -> str:
    """The chart as an SVG data URI on a transparent ground."""
    # With a salt, the same chart is the same file.
    with rc_context({"font.family": fonts.families(), "svg.hashsalt": "wbc-edge"}):
        return _drawn(asked)


def _drawn(asked: Chart) -> str:
    figure = Figure(
        figsize=(6.4, 3.2) if asked.kind == "bars" else (4.2, 3.2), layout="constrained"
    )
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    if asked.kind == "pie":
        _pie(axes, asked)
    else:
        _bars(axes, asked)
    axes.set_title(asked.title, fontsize=10, color=INK)
    buffer = BytesIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _bars(axes: Axes, asked: Chart) -> None:
    names = list(next(iter(asked.series.values())))
    places = np.arange(len(names))
    width = 0.8 / len(asked.series)
    for number, (series, values) in enumerate(asked.series.items()):
        heights = [values[name] for name in names]
        bars = axes.bar(
            places + (number - (len(asked.series) - 1) / 2) * width,
            heights,
            width,
            label=series,
            color=COLOURS[number % len(COLOURS)],
        )
        whole = all(float(height).is_integer() for height in heights)
        texts = [f"{h:,.0f}" if whole and max(heights) > 1 else f"{h:.0%}" for h in heights]
        axes.bar_label(bars, texts, fontsize=7, color=INK)
    axes.set_xticks(places, names, rotation=30, ha="right", rotation_mode="anchor", fontsize=8)
    axes.tick_params(colors=INK, labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(INK)
    if len(asked.series) > 1:
        # Above the bars: no corner of the axes is sure to be empty.
        axes.legend(
            fontsize=8,
            frameon=False,
            labelcolor=INK,
            ncols=2,
            loc="lower center",
            bbox_to_anchor=(0.5, 1.08),
        )


def _pie(axes: Axes, asked: Chart) -> None:
    values = next(iter(asked.series.values()))
    axes.pie(
        list(values.values()),
        labels=list(values),
        colors=COLOURS,
        autopct="%.0f %%",
        startangle=90,
        counterclock=False,
        textprops={"fontsize": 8, "color": INK},
        wedgeprops={"linewidth": 1, "edgecolor": "#ffffff"},
    )
