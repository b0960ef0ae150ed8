"""How figures are written, wherever people read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

ABSENT = "–"
"""Stands where there is no figure."""


class Figure(Protocol):
    """A figure, and its interval where it has one: an estimate, or an entry of a model card."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


def rounded(value: float, decimals: int, whole: float = 100) -> str:
    """A share, never rounded up to the whole: 100 %, or 1, is said of certainty only."""
    nearest = round(value, decimals)
    if nearest == whole != value:
        nearest -= 10**-decimals
    return f"{nearest:.{decimals}f}"


def percent(value: float | None, decimals: int = 2) -> str:
    """A share in per cent."""
    return ABSENT if value is None else f"{rounded(100 * value, decimals)} %"


def points(value: float | None, decimals: int = 2) -> str:
    """A difference of shares, with its sign."""
    # + 0.0 turns -0.0 into 0.0.
    return ABSENT if value is None else f"{round(100 * value, decimals) + 0.0:+.{decimals}f}"


def interval(figure: Figure | None, decimals: int = 2) -> str:
    """The ends of an interval of a share, in per cent."""
    if figure is None or figure.low is None or figure.high is None:
        return ""
    return f"{rounded(100 * figure.low, decimals)} to {rounded(100 * figure.high, decimals)}"


def points_interval(figure: Figure | None, decimals: int = 2) -> str:
    """The ends of an interval of a difference, in points."""
    if figure is None or figure.low is None or figure.high is None:
        return ""
    return f"{points(figure.low, decimals)} to {points(figure.high, decimals)}"


def share(figure: Figure | None, decimals: int = 2) -> str:
    """A share with its interval, in per cent."""
    if figure is None:
        return ABSENT
    ends = interval(figure, decimals)
    return percent(figure.value, decimals) + (f" ({ends})" if ends else "")


def difference(figure: Figure | None, decimals: int = 2) -> str:
    """A difference of shares with its interval, in points."""
    if figure is None:
        return ABSENT
    ends = points_interval(figure, decimals)
    return points(figure.value, decimals) + (f" ({ends})" if ends else "")


def counted(number: int, one: str, several: str) -> str:
    """So many of something, in the words for one or for several."""
    return f"{number:,} {one if number == 1 else several}"


def p_value(value: float) -> str:
    """A p-value to two digits."""
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}"


def milliseconds(value: float) -> str:
    """Three significant figures or so, in at most six characters."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def at_scales(scales: Sequence[float]) -> str:
    """The scales of several looks, to be said after their number; nothing where all are one."""
    if set(scales) <= {1.0}:
        return ""
    return f" at scales {', '.join(f'{scale:g}' for scale in scales)}"
