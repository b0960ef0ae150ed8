"""How many images a second a folder takes, as `wbc-edge classify FOLDER` goes through one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wbc_edge.classifier import Classifier
from wbc_edge.measure.intervals import fewest_for_median, median
from wbc_edge.measure.rounds import rotating

ROUNDS = fewest_for_median()
IMAGES = 64
"""In a round: enough that the stream fills its workers many times over."""


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """Images a second over `rounds` of `images` each: the median, and its 95 % interval.

    Of fewer rounds than `fewest_for_median` it is but the range.

    `workers` threads decode and infer side by side.
    """

    name: str
    images: int
    workers: int
    rounds: int
    rate: float
    low: float
    high: float
    by_round: tuple[float, ...]


def measure(
    classifiers: dict[str, Classifier],
    paths: Sequence[Path],
    *,
    workers: int,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Throughput, ...]:
    """Classify the same files with each opened classifier, in interleaved rounds.

    One more round goes before and is not counted: it brings the files into memory, and tells which
    cannot be read, and are left out.

    Args:
        workers: of every classifier; those with several threads of their own get fewer.
        clock: seconds from any start.
        progress: called with rounds done and all rounds, the one before included.

    Raises:
        ValueError: no file that can be read, or no round.
    """
    if not paths or rounds < 1:
        raise ValueError("throughput needs a file and a round")
    seconds: dict[str, list[float]] = {name: [] for name in classifiers}
    unread: set[str] = set()
    for done, names in enumerate(rotating(list(classifiers), rounds + 1), start=1):
        for name in names:
            start = clock()
            for row in classifiers[name].classify_many(
                paths, workers=_share(classifiers[name], workers)
            ):
                if row.error is not None:
                    unread.add(row.path)
            seconds[name].append(clock() - start)
        if done == 1 and unread:
            paths = [path for path in paths if str(path) not in unread]
            if not paths:
                raise ValueError("throughput needs a file that can be read")
        if progress is not None:
            progress(done, rounds + 1)
    return tuple(
        _summary(name, taken[1:], len(paths), _share(classifiers[name], workers))
        for name, taken in seconds.items()
    )


def _share(classifier: Classifier, workers: int) -> int:
    return max(1, workers // classifier.session.threads)


def _summary(name: str, seconds: Sequence[float], images: int, workers: int) -> Throughput:
    rates = images / np.array(seconds)
    rate = median(rates)
    return Throughput(
        name=name,
        images=images,
        workers=workers,
        rounds=len(seconds),
        rate=rate.value,
        low=rate.low,
        high=rate.high,
        by_round=tuple(rates.tolist()),
    )
