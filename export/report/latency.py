"""How long each exported file takes on this machine, all in the same rounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wbc_edge.measure import images
from wbc_edge.measure.contenders import enter
from wbc_edge.measure.latency import Plan
from wbc_edge.measure.latency import measure as time_all
from wbc_edge.runtimes import first_usable

PLAN = Plan(rounds=5, warmup=3)
"""A first impression; `wbc-edge bench` measures on the device, and longer."""


def measure(paths: Sequence[Path]) -> dict[str, float]:
    """File name -> median milliseconds of one inference, one thread, batch 1.

    In the first installed runtime of each: what is tuned on this machine moves no published figure.
    """
    contenders = [
        contender for path in paths for contender in enter([path], engines=[first_usable(path)])
    ]
    timings = time_all([item.candidate() for item in contenders], images.drawn(), plan=PLAN)
    names = {item.name: Path(item.model).name for item in contenders}
    return {names[timing.name]: timing.invoke.p50 for timing in timings}
