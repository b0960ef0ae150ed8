"""How figures are written in the reports."""

from __future__ import annotations

from wbc_edge.measure.intervals import Estimate

ABSENT = "–"


def rounded(value: float, decimals: int, whole: float = 100) -> str:
    """A share, never rounded up to the whole: 100 %, or 1, is said of certainty only."""
    nearest = round(value, decimals)
    if nearest == whole != value:
        nearest -= 10**-decimals
    return f"{nearest:.{decimals}f}"


def percent(value: float | None, decimals: int = 2) -> str:
    """A share in per cent."""
    return ABSENT if value is None else f"{rounded(100 * value, decimals)} %"


def points(value: float | None) -> str:
    """A difference of shares, with its sign."""
    # + 0.0 turns -0.0 into 0.0.
    return ABSENT if value is None else f"{round(100 * value, 2) + 0.0:+.2f}"


def interval(estimate: Estimate | None, decimals: int = 2) -> str:
    """The ends of an interval of a share, in per cent."""
    if estimate is None:
        return ""
    return f"{rounded(100 * estimate.low, decimals)} to {rounded(100 * estimate.high, decimals)}"


def points_interval(estimate: Estimate | None) -> str:
    """The ends of an interval of a difference, in points."""
    return "" if estimate is None else f"{points(estimate.low)} to {points(estimate.high)}"


def p_value(value: float) -> str:
    """A p-value to two digits."""
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}"
