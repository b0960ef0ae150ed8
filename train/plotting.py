"""What all plots have in common: colours, type, sizes, and the way into a page or a document.

The colours are those of Okabe and Ito ("Color universal design", 2008) without black and with a
darker yellow: told apart in the common forms of colour blindness, readable on white and on black.
Lines differ in their dashes as well, so that a print without colour can be read.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from train import fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#1f2328"
"""Text and axes; a page shows it in the colour of its own text."""

GREY = "#808890"
"""Text and axes of a picture that stands alone, to be read on white and on black."""

GOOD, BAD = "#2a9d6f", "#d1495b"
"""What passed, and what did not."""

COLOURS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#56b4e9",
    "#cc79a7",
    "#8c8c8c",
    "#b09c00",
)
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (6, 1.5, 1.5, 1.5)))

PIXELS_PER_INCH = 112
"""How large a plot stands on a page at most."""

_STYLE: Any = {
    "font.family": fonts.families(),
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.15,
    "grid.linewidth": 0.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    # The same figures give the same file.
    "svg.hashsalt": "wbc-edge",
    "svg.fonttype": "path",
}
_INKED = (
    "axes.edgecolor",
    "axes.labelcolor",
    "axes.titlecolor",
    "grid.color",
    "text.color",
    "xtick.color",
    "ytick.color",
)


@contextmanager
def styled(ink: str = INK) -> Iterator[None]:
    """The style, for as long as a plot is drawn and written; with text and axes of this colour."""
    with matplotlib.rc_context(_STYLE | dict.fromkeys(_INKED, ink)):
        yield


def figure(width: float, height: float) -> Figure:
    """An empty figure of a size in inches, laid out without overlaps."""
    return Figure(figsize=(width, height), layout="constrained")


def colours(count: int) -> list[str]:
    """As many colours as asked for; after eight they begin again."""
    return list(islice(cycle(COLOURS), count))


def dashes(count: int) -> list[Any]:
    """As many line styles; each begins again before a pair of colour and dash does."""
    return [DASHES[(number + number // len(COLOURS)) % len(DASHES)] for number in range(count)]


def in_percent(*axes: Any, decimals: int | None = 0) -> None:
    """Write shares on these axes (`axis.xaxis`, `axis.yaxis`) as per cent."""
    for axis in axes:
        axis.set_major_formatter(PercentFormatter(1.0, decimals=decimals))


def square(axes: Axes) -> None:
    """One unit across as long as one unit up."""
    axes.set_aspect("equal", adjustable="box")


def to_svg(drawn: Figure, description: str) -> str:
    """The figure as an `<svg>` element, to stand in a page or in a file of its own.

    What is drawn in INK takes the colour of the text around it.

    Args:
        drawn: the figure.
        description: what it shows, for who cannot see it.
    """
    buffer = io.StringIO()
    drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    element = text[text.index("<svg") :].replace(INK, "currentColor")
    # A page makes it as wide as its column; for text of one size in all plots, no wider than this.
    widest = round(PIXELS_PER_INCH * drawn.get_figwidth())
    head, rest = element.split(">", 1)
    label = escape(description)
    return f'{head} role="img" aria-label="{label}" style="max-width: {widest}px">{rest}'
