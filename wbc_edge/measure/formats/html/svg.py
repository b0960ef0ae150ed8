"""The few shapes that the pictures are drawn from, as SVG by hand.

Colours and fonts stand in the page's style sheet (`wbc_edge.webpage.style`) under the class names
used here, so that a picture follows the reader's light or dark theme. No library: the page is made
on the device.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from html import escape

Scale = Callable[[float], float]


def picture(width: float, height: float, body: Iterable[str], *, label: str) -> str:
    """A whole picture; `label` says what it shows to a reader who does not see it."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" style="max-width:{width:g}px" role="img" '
        f'aria-label="{escape(label)}">{"".join(body)}</svg>'
    )


def text(x: float, y: float, content: str, style: str = "", *, anchor: str = "start") -> str:
    """A line of text; `style` are class names."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{_class(style)}>'
        f"{escape(content)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, style: str = "") -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{_class(style)}/>'


def rectangle(
    x: float, y: float, width: float, height: float, style: str = "", *, hint: str = ""
) -> str:
    """A rectangle; `hint` shows where the pointer rests on it."""
    shape = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" '
        f'rx="2"{_class(style)}'
    )
    return f"{shape}/>" if not hint else f"{shape}><title>{escape(hint)}</title></rect>"


def circle(x: float, y: float, radius: float, style: str = "", *, hint: str = "") -> str:
    """A circle."""
    shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"{_class(style)}'
    return f"{shape}/>" if not hint else f"{shape}><title>{escape(hint)}</title></circle>"


def path(points: Iterable[tuple[float, float]], style: str = "") -> str:
    """A line through points."""
    steps = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{steps}"{_class(style)}/>'


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Values from low to high -> positions from start to end."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` round numbers from low to high: multiples of 1, 2 or 5 times a power of ten."""
    rough = max(high - low, 1e-9) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def axis_below(scale: Scale, values: Iterable[float], y: float, top: float, unit: str) -> str:
    """Marks and numbers of a horizontal axis at `y`, with grid lines up to `top`."""
    parts = []
    for value in values:
        at = scale(value)
        parts += [
            line(at, top, at, y, "grid"),
            text(at, y + 15, f"{value:g}", "tick", anchor="middle"),
        ]
        last = at
    return "".join(parts) + (text(last, y + 30, unit, "tick", anchor="end") if parts else "")


def axis_left(scale: Scale, values: Iterable[float], x: float, right: float, unit: str) -> str:
    """Marks and numbers of a vertical axis at `x`, with grid lines up to `right`."""
    return "".join(
        line(x, scale(value), right, scale(value), "grid")
        + text(x - 6, scale(value) + 4, f"{value:g}{unit}", "tick", anchor="end")
        for value in values
    )


def _class(style: str) -> str:
    return f' class="{style}"' if style else ""
