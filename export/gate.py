"""Whether a file may be written: what it may lose to its Keras parent, judged on paired cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbc_edge.errors import UsageError
from wbc_edge.measure import gates
from wbc_edge.measure.compare import MAX_DROP

if TYPE_CHECKING:
    from export.parity import Beside
    from wbc_edge.measure.compare import Comparison

MAX_RECALL_DROP = 2.0
"""Points of recall that a class may lose by default."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a file may lose to its Keras parent.

    Attributes:
        max_drop: points of top-1, held against the worst end of the paired 95 % interval: a file
            about which the cells cannot tell does not pass.
        max_recall_drop: points of recall of any class, held against the measured loss (a class has
            too few cells for its interval to prove so little); one cell alone is never a loss.
        min_agreement: least per cent of cells named as Keras names them; the format's own where
            None.
    """

    max_drop: float = MAX_DROP
    max_recall_drop: float = MAX_RECALL_DROP
    min_agreement: float | None = None

    def __post_init__(self) -> None:
        """Raises UsageError for what is no number: against that, every file passes or none."""
        for name, value in vars(self).items():
            if value is not None and not math.isfinite(value):
                raise UsageError(f"--{name.replace('_', '-')} has to be a number, not {value}")


def failures(
    beside: Beside, limits: Limits, agreement: float, *, rehearsal: bool = False
) -> tuple[str, ...]:
    """Every limit that a file does not keep, a sentence each; none where it passes.

    They hold at the first look and for what is answered in the end: second looks smooth what
    quantising has done to a network, and part answers that hung in the balance.

    Args:
        beside: the file beside Keras, its verdicts judged at `limits.max_drop`.
        limits: what was asked for.
        agreement: least share of cells named alike where `limits` leaves it open.
        rehearsal: whether the cells only choose what others will judge; then a measured drop within
            the limit is enough.
    """
    found = _failures(beside.first, limits, agreement, rehearsal=rehearsal)
    if beside.final is not None:
        late = _failures(beside.final, limits, agreement, rehearsal=rehearsal)
        found += [f"second looks included, {sentence}" for sentence in late]
    return tuple(found)


def _failures(
    comparison: Comparison, limits: Limits, agreement: float, *, rehearsal: bool
) -> list[str]:
    least = 100 * agreement if limits.min_agreement is None else limits.min_agreement
    results = gates.of_comparison(
        "", comparison, gates.Limits(max_drop=limits.max_drop, min_agreement=least)
    )
    hopeful = rehearsal and comparison.verdict.drop <= limits.max_drop
    found = [
        f"{item.gate} {item.limit:g}: {item.message}"
        for item in results
        if not (item.passed or (hopeful and item.gate == "max-drop"))
    ]
    for change in comparison.recall:
        if change.change is None or change.lost - change.gained < 2:
            continue
        drop = -100 * change.change.value
        if drop > limits.max_recall_drop:
            found.append(
                f"max-recall-drop {limits.max_recall_drop:g}: {change.label} loses {drop:.2f} "
                f"points of recall ({change.lost} of {change.support} cells lost, "
                f"{change.gained} gained)"
            )
    return found
