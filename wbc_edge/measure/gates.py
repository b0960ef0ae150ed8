"""Limits that a benchmark is held to, and what became of them.

A gate passes on evidence. The drop in accuracy and the ratio of latencies have to keep the limit at
the worst plausible end of their intervals: a candidate about which the images or the rounds cannot
tell does not pass, and the message says what would decide it. Agreement is judged as measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from wbc_edge import wording
from wbc_edge.errors import GateFailed
from wbc_edge.measure.compare import Comparison, decide
from wbc_edge.measure.latency import Ratio

GateName = Literal["max-drop", "min-agreement", "max-latency-ratio"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`max_drop` in points of top-1, `min_agreement` in per cent, `max_latency_ratio` of "whole".

    None is no gate.
    """

    max_drop: float | None = None
    min_agreement: float | None = None
    max_latency_ratio: float | None = None


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """One limit, one candidate: the figure it was judged by, and a sentence."""

    gate: GateName
    candidate: str
    limit: float
    figure: float
    passed: bool
    message: str


def of_comparison(name: str, comparison: Comparison, limits: Limits) -> list[GateResult]:
    """The gates on accuracy and agreement."""
    results = []
    if limits.max_drop is not None:
        verdict = comparison.verdict
        results.append(
            GateResult(
                gate="max-drop",
                candidate=name,
                limit=limits.max_drop,
                figure=verdict.worst,
                passed=verdict.outcome == "kept",
                message=verdict.sentence(),
            )
        )
    if limits.min_agreement is not None:
        agreement = 100 * comparison.agreement.value
        # 100 times a share may lie a bit beside it: 118 of 125 are 94.4 per cent.
        short = round(limits.min_agreement - agreement, 9)
        results.append(
            GateResult(
                gate="min-agreement",
                candidate=name,
                limit=limits.min_agreement,
                figure=agreement,
                passed=short <= 0,
                message=f"{wording.percent(comparison.agreement.value)} of {comparison.count} "
                "images are named alike, "
                + (f"{short:.2f} points too few" if short > 0 else "enough"),
            )
        )
    return results


def of_ratios(ratios: Iterable[Ratio], limits: Limits) -> list[GateResult]:
    """The gate on latency, judged by the whole way from file to answer.

    The ratios are of `latency.FEWEST_ROUNDS` rounds or more: fewer have no interval.
    """
    limit = limits.max_latency_ratio
    if limit is None:
        return []
    return [
        GateResult(
            gate="max-latency-ratio",
            candidate=ratio.name,
            limit=limit,
            figure=ratio.high,
            passed=decide(ratio.low, ratio.high, limit=limit) == "kept",
            message=_latency_sentence(ratio, limit),
        )
        for ratio in ratios
        if ratio.stage == "whole"
    ]


def check(results: Iterable[GateResult]) -> None:
    """Raise GateFailed naming every gate that did not pass, and by how much."""
    failed = [result for result in results if not result.passed]
    if failed:
        raise GateFailed(
            "; ".join(
                f"--{item.gate} {item.limit:g}: {item.candidate}: {item.message}" for item in failed
            )
        )


def _latency_sentence(ratio: Ratio, limit: float) -> str:
    times = (
        f"{ratio.value:.3f} times as long as {ratio.base} at one look "
        f"({ratio.low:.3f} to {ratio.high:.3f})"
    )
    outcome = decide(ratio.low, ratio.high, limit=limit)
    if outcome == "lost":
        return f"takes {times}, {ratio.value - limit:.3f} over the limit"
    if outcome == "kept":
        return f"takes {times}"
    return f"takes {times}, undecided: more rounds would tell"
