"""How long a user waits: opening the model, the first answer, and then every image.

A *round* is what one user meets: a model is opened, answers its first image, warms up, and then
goes once through the images. All candidates take part in every round, in shuffled order, so that a
drift of the machine (heat, other work) hits all alike and no rhythm of other work favours one; each
round opens its model anew, so that where its memory happens to lie is sampled too instead of
deciding the comparison.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wbc_edge.measure.intervals import fewest_for_median, median_ratio

STAGES = ("decode", "prepare", "invoke", "answer", "whole")
RATIO_STAGES = ("load", "first", "prepare", "invoke", "whole")
# A benchmark compares many pairs; at 95 % one comparison of equals in twenty would cry wolf.
RATIO_LEVEL = 0.99
FEWEST_ROUNDS = fewest_for_median(RATIO_LEVEL)
NANOSECONDS_PER_MS = 1e6
# A distribution is kept as its quantiles in steps of 5 %, from the shortest time to the longest.
QUANTILES = tuple(range(0, 101, 5))

Clock = Callable[[], int]


class Subject(Protocol):
    """One opened model, taken through the stages of one image, or of a batch as a list of them."""

    def decode(self, data: Any) -> Any:
        """The bytes of an image file -> the picture."""

    def prepare(self, picture: Any) -> Any:
        """The picture -> the network's input."""

    def invoke(self, view: Any) -> Any:
        """The network's input -> its output."""

    def answer(self, output: Any) -> Any:
        """The network's output -> what the user gets."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Something to be timed: a name, and how to open it (which is timed as its load).

    With a `batch` above 1 the subject is given lists of so many images.
    """

    name: str
    open: Callable[[], Subject]
    batch: int = 1


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`rounds` of one opening each; `warmup` untimed images before the timed ones of a round."""

    rounds: int = 15
    warmup: int = 5


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The times of one stage in milliseconds an image.

    `by_round` holds the median of each round, `quantiles` the shortest time, those of 5 % to 95 %
    in steps of 5 %, and the longest.
    """

    count: int
    p50: float
    p90: float
    p99: float
    by_round: tuple[float, ...]
    quantiles: tuple[float, ...]

    def quantile(self, level: int) -> float:
        """The time that `level` per cent of the images stay below, a level of `QUANTILES`."""
        return self.quantiles[QUANTILES.index(level)]


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One candidate's times. `whole` is decode, prepare, invoke and answer; `first` the first.

    Of a batch, every time but `load` is the batch's divided by its images.
    """

    name: str
    load: Spread
    first: Spread
    decode: Spread
    prepare: Spread
    invoke: Spread
    answer: Spread
    whole: Spread


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How many times as long as `base` a candidate takes in a stage, with a 99 % interval.

    Of fewer `rounds` than `FEWEST_ROUNDS` it is their range, which is less sure than that.
    """

    name: str
    base: str
    stage: str
    value: float
    low: float
    high: float
    rounds: int


def measure(
    candidates: Sequence[Candidate],
    images: Sequence[bytes],
    *,
    plan: Plan = Plan(),
    clock: Clock = time.perf_counter_ns,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Timing, ...]:
    """Time all candidates on the same images, in interleaved rounds.

    Args:
        images: the bytes of image files, each timed once in a round. A batch that they do not
            fill is filled from their beginning.
        clock: nanoseconds from any start.
        progress: called with rounds done and all rounds.

    Raises:
        ValueError: no candidate, no image, two candidates of one name, or no round.
    """
    if not candidates or not images or plan.rounds < 1 or plan.warmup < 0:
        raise ValueError("latency needs a candidate, an image and a round, and no negative warm-up")
    if len({candidate.name for candidate in candidates}) < len(candidates):
        raise ValueError("two candidates have the same name")
    laps: dict[str, list[_Lap]] = {candidate.name: [] for candidate in candidates}
    shuffle = np.random.default_rng(0)
    for number in range(plan.rounds):
        for at in shuffle.permutation(len(candidates)).tolist():
            candidate = candidates[at]
            laps[candidate.name].append(_lap(candidate, images, plan.warmup, clock))
        if progress is not None:
            progress(number + 1, plan.rounds)
    return tuple(_timing(name, rounds) for name, rounds in laps.items())


def ratios(
    timings: Sequence[Timing], base: str, *, instead: Mapping[str, str] | None = None
) -> tuple[Ratio, ...]:
    """Every other candidate's times over those of `base`, stage by stage.

    The ratio is the median over rounds of the ratio within a round; the interval is exact for a
    median, whatever the distribution of the noise. A stage that takes no measurable time has none.
    `instead` names the candidates that have a base of their own, and it.
    """
    by_name = {timing.name: timing for timing in timings}
    return tuple(
        ratio
        for timing in timings
        if timing.name != base
        for stage in RATIO_STAGES
        if (ratio := _ratio(timing, by_name[(instead or {}).get(timing.name, base)], stage))
        is not None
    )


@dataclass(frozen=True, kw_only=True)
class _Lap:
    """One candidate's part of a round, in nanoseconds; `warm` is (images, stages)."""

    load: int
    first: float
    warm: NDArray[np.float64]


def _lap(candidate: Candidate, images: Sequence[bytes], warmup: int, clock: Clock) -> _Lap:
    batch = candidate.batch
    items = _batches(images, batch) if batch > 1 else images
    with _no_collection():
        start = clock()
        subject = candidate.open()
        load = clock() - start
        first = _one(subject, items[0], clock)[-1]
        for item in islice(cycle(items), -(-warmup // batch)):
            _one(subject, item, clock)
        warm = [_one(subject, item, clock) for item in items]
    return _Lap(load=load, first=first / batch, warm=np.array(warm) / batch)


def _batches(images: Sequence[bytes], size: int) -> list[list[bytes]]:
    turn = cycle(images)
    return [list(islice(turn, size)) for _ in range(-(-len(images) // size))]


def _one(subject: Subject, data: Any, clock: Clock) -> tuple[int, int, int, int, int]:
    start = clock()
    picture = subject.decode(data)
    decoded = clock()
    view = subject.prepare(picture)
    prepared = clock()
    output = subject.invoke(view)
    invoked = clock()
    subject.answer(output)
    answered = clock()
    return (
        decoded - start,
        prepared - decoded,
        invoked - prepared,
        answered - invoked,
        answered - start,
    )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector out of the timed part, as `timeit` does."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _timing(name: str, laps: Sequence[_Lap]) -> Timing:
    warm = np.stack([lap.warm for lap in laps])
    stages = {stage: _spread(warm[:, :, number]) for number, stage in enumerate(STAGES)}
    return Timing(
        name=name,
        load=_spread(np.array([[lap.load] for lap in laps])),
        first=_spread(np.array([[lap.first] for lap in laps])),
        **stages,
    )


def _spread(nanoseconds: NDArray[Any]) -> Spread:
    """(rounds, samples) -> their spread."""
    times = nanoseconds / NANOSECONDS_PER_MS
    p50, p90, p99 = (float(value) for value in np.percentile(times, [50, 90, 99]))
    by_round = tuple(float(value) for value in np.median(times, axis=1))
    return Spread(
        count=times.size,
        p50=p50,
        p90=p90,
        p99=p99,
        by_round=by_round,
        quantiles=tuple(float(value) for value in np.percentile(times, QUANTILES)),
    )


def _ratio(timing: Timing, reference: Timing, stage: str) -> Ratio | None:
    ours = np.array(getattr(timing, stage).by_round)
    theirs = np.array(getattr(reference, stage).by_round)
    if not ((ours > 0).all() and (theirs > 0).all()):
        return None
    estimate = median_ratio(ours, theirs, level=RATIO_LEVEL)
    return Ratio(
        name=timing.name,
        base=reference.name,
        stage=stage,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        rounds=len(ours),
    )
