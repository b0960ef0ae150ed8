"""The charts and pictures of a report, such that one file holds it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from train import plotting
from train.audit.finding import Chart, Shown
from wbc_edge import image
from wbc_edge.errors import InputError
from wbc_edge.webpage import thumbnail

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE = 150
"""Longer side of a picture in the report, in pixels."""


def picture(shown: Shown) -> str | None:
    """The picture, reduced, as a JPEG data URI; None where it cannot be read."""
    try:
        found = image.load(shown.path).picture
    except InputError:
        return None
    if shown.region is not None:
        found = found.crop(shown.region)
    return thumbnail.uri(found, SIDE)


def chart(asked: Chart) -> Markup:
    """The chart as an SVG element."""
    with plotting.styled():
        figure = plotting.figure(5.6 if asked.kind == "bars" else 3.8, 3.0)
        axes = figure.add_subplot()
        if asked.kind == "pie":
            _pie(axes, asked)
        else:
            _bars(axes, asked)
        axes.set_title(asked.title)
        return Markup(plotting.to_svg(figure, asked.title))


def _bars(axes: Axes, asked: Chart) -> None:
    names = list(next(iter(asked.series.values())))
    places = np.arange(len(names))
    width = 0.8 / len(asked.series)
    colours = plotting.colours(len(asked.series))
    for number, ((series, values), colour) in enumerate(
        zip(asked.series.items(), colours, strict=True)
    ):
        heights = [values[name] for name in names]
        bars = axes.bar(
            places + (number - (len(asked.series) - 1) / 2) * width,
            heights,
            width,
            label=series,
            color=colour,
        )
        whole = all(float(height).is_integer() for height in heights)
        texts = [f"{h:,.0f}" if whole and max(heights) > 1 else f"{h:.0%}" for h in heights]
        axes.bar_label(bars, texts, fontsize=7)
    axes.set_xticks(places, names, rotation=30, ha="right", rotation_mode="anchor")
    axes.grid(visible=False, axis="x")
    if len(asked.series) > 1:
        # Above the bars: no corner of the axes is sure to be empty.
        axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.08))


def _pie(axes: Axes, asked: Chart) -> None:
    values = next(iter(asked.series.values()))
    axes.pie(
        list(values.values()),
        labels=list(values),
        colors=plotting.colours(len(values)),
        autopct="%.0f %%",
        startangle=90,
        counterclock=False,
        textprops={"fontsize": 8},
        wedgeprops={"linewidth": 1, "edgecolor": "#ffffff"},
    )
