from __future__ import annotations

from bench.peers import report
from bench.peers.report import Result
from wbc_edge.measure.intervals import Estimate


def result(
    name: str,
    *,
    ratio: float,
    cold: float = 1,
    peak: float = 1,
    gain: float = 0,
    threads: int = 1,
) -> Result:
    def around(value: float) -> Estimate:
        return Estimate(value=value, low=value - 0.01, high=value + 0.01)

    return Result(
        name=name,
        ours=name.startswith("wbc-edge"),
        threads=threads,
        file="f",
        size=1,
        latency=ratio,
        latency_ratio=around(ratio),
        cold=cold,
        cold_ratio=cold,
        peak=1,
        peak_ratio=peak,
        top1=0.9,
        agreement=1,
        difference=around(gain),
        verdict="kept",
    )


def test_whoever_wins_is_named() -> None:
    ours = result("wbc-edge", ratio=1)
    peers = [
        result("quick", ratio=0.8),
        result("wbc-edge, as tuned", ratio=0.7),
        result("as quick", ratio=0.995),
        result("quick on more threads", ratio=0.4, threads=2),
        result("small", ratio=2, cold=0.9, peak=0.5),
        result("right", ratio=2, gain=0.02),
    ]
    assert list(report.wins([ours, *peers])) == [
        "quick is faster: 0.800 times our latency",
        "small starts sooner: 0.90 times our cold start",
        "small takes less memory: 0.50 times ours",
        "right is more accurate by 2.00 points",
    ]
