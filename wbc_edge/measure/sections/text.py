"""How figures are written, in every section alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wbc_edge.measure.intervals import Estimate


def milliseconds(value: float) -> str:
    """Three significant figures or so, in at most six characters."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percent(estimate: Estimate | None) -> tuple[str, str]:
    """("97.19", "94.7 to 98.5"), or dashes."""
    if estimate is None:
        return "-", "-"
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"{100 * estimate.value:.2f}", f"{low:.1f} to {high:.1f}"
