"""Is a benchmark worse than an earlier one? Two reports, and what can be told apart from noise.

Within one run contenders are interleaved, so that a drift of the machine hits all alike; two runs
are not. So a time has to be worse by more than a tolerance with the whole of its interval before it
is called a regression, and on a machine that had other things to do it is called none. Accuracy is
compared image by image where both runs answered the same, at a level for all its figures together.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wbc_edge.errors import GateFailed, UsageError
from wbc_edge.measure import stored
from wbc_edge.measure.compare import decide, paired_difference
from wbc_edge.measure.device import is_busy, throttled
from wbc_edge.measure.intervals import (
    Estimate,
    can_tell_apart,
    exponential,
    shift,
)
from wbc_edge.measure.stored import Entry, Image, Report, State
from wbc_edge.measure.together import together

TOLERANCE = 5.0
LEVEL = 0.99
TOGETHER = 0.05
"""How probable it may be that any figure of accuracy is called worse where none is: each has its
share (Bonferroni), for there are many, and one is enough for an alarm."""

Outcome = Literal["same", "better", "worse", "undecided"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One figure of one contender, then and now.

    `change` is how many times as large it is now, and for accuracy the difference in points, with
    an interval at `level`; a figure without spread (the size of a file) has one without width.
    "undecided" is a loss that was measured, is or may be greater than allowed, and may be none.
    """

    candidate: str
    figure: str
    old: float
    new: float
    unit: str
    change: Estimate
    level: float
    outcome: Outcome

    @property
    def in_points(self) -> bool:
        """Whether it is a difference of percentages, and not a ratio."""
        return self.unit == "%"


@dataclass(frozen=True, kw_only=True)
class Regressions:
    """All changes, and what to keep in mind: contenders of one report alone, other machines.

    `missing` says which accuracy the earlier report tells of a contender, and the later one does
    not: what is not measured any more cannot pass for as good.
    """

    schema: str = "wbc-edge-bench-compare/2"
    old: str
    new: str
    tolerance: float
    max_drop: float
    changes: tuple[Change, ...]
    missing: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def worse(self) -> tuple[Change, ...]:
        """The regressions."""
        return tuple(change for change in self.changes if change.outcome == "worse")

    @property
    def undecided(self) -> tuple[Change, ...]:
        """The losses that may be regressions."""
        return tuple(change for change in self.changes if change.outcome == "undecided")

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def check(self) -> None:
        """Raise GateFailed where there are regressions or figures are missing, naming each."""
        told = []
        if self.worse:
            worse = [f"{one.candidate}: {sentence(one)}" for one in self.worse]
            told.append(f"worse than {self.old}: {'; '.join(worse)}")
        if self.missing:
            told.append(f"not told by {self.new}: {'; '.join(self.missing)}")
        if told:
            raise GateFailed(". ".join(told))


def compare(
    old: str | Path, new: str | Path, *, tolerance: float = TOLERANCE, max_drop: float = 0.0
) -> Regressions:
    """Compare two JSON reports, contender by contender.

    Args:
        old, new: the files, as `wbc-edge bench --report FILE.json` writes them.
        tolerance: per cent that a time, a size or a peak of memory may grow.
        max_drop: points of top-1, and of any class's recall, that may be lost.

    Raises:
        UsageError: a limit that is no number from 0, a file that is no whole report, or two
            without a contender in common, or of labelled images without an image in common.
    """
    for option, value in (("--tolerance", tolerance), ("--max-drop", max_drop)):
        if not 0 <= value < math.inf:
            raise UsageError(f"{option} is a finite number from 0, not {value:g}")
    then, now = stored.read(old), stored.read(new)
    later = {entry.name: entry for entry in now.entries}
    partners = _partners(then.entries, now.entries)
    if not partners:
        raise UsageError(f"{old} and {new} have no contender in common")
    # By its later name, whatever it was called.
    earlier = {partners.get(entry.name, entry.name): entry for entry in then.entries}
    pairs = [
        _Pair(_Side(earlier[name], then), _Side(later[name], now)) for name in partners.values()
    ]
    disturbed = any(_disturbances(then, now))
    paired = [list(_paired(pair)) for pair in pairs]
    level = 1 - TOGETHER / max(1, sum(map(len, paired)))
    return Regressions(
        old=str(old),
        new=str(new),
        tolerance=tolerance,
        max_drop=max_drop,
        changes=tuple(
            change
            for pair, figures in zip(pairs, paired, strict=True)
            for change in (
                *_sizes(pair.old.entry, pair.new.entry, tolerance, disturbed=disturbed),
                *(_points(pair.name, one, max_drop, level) for one in figures),
            )
        ),
        missing=tuple(sentence for pair in pairs for sentence in _missing(pair)),
        cautions=tuple(_cautions(then, now, pairs, earlier.keys() ^ later.keys())),
    )


def sentence(change: Change) -> str:
    """One change in words."""
    span = change.change
    if change.in_points:
        return (
            f"{change.figure} {change.old:.2f} -> {change.new:.2f} % on the same images: "
            f"{span.value:+.2f} points ({span.low:+.2f} to {span.high:+.2f})"
        )
    return (
        f"{change.figure} {change.old:.4g} -> {change.new:.4g} {change.unit}: "
        f"{span.value:.3f} times ({span.low:.3f} to {span.high:.3f})"
    )


_IN_TIME = ("ms", "images/s")
"""Units of what takes longer on a machine that has other things to do."""

# Unit of each of an entry's figures, and whether more of it is better.
_FIGURES: Mapping[str, tuple[str, bool]] = {
    "whole": ("ms", False),
    "interpreter": ("ms", False),
    "load": ("ms", False),
    "command": ("ms", False),
    "memory": ("bytes", False),
    "folder": ("images/s", True),
    "file": ("bytes", False),
}


def _sizes(old: Entry, new: Entry, tolerance: float, *, disturbed: bool) -> Iterator[Change]:
    for figure, (unit, more_is_better) in _FIGURES.items():
        before, after = old.figures[figure], new.figures[figure]
        if not before or not after or min(*before, *after) <= 0:
            continue
        ratio = exponential(shift(np.log(after), np.log(before), level=LEVEL))
        room = 1 + tolerance / 100
        # As times of now over then: above 1 is worse, whatever is measured.
        value, low, high = (
            (1 / ratio.value, 1 / ratio.high, 1 / ratio.low)
            if more_is_better
            else (ratio.value, ratio.low, ratio.high)
        )
        outcome: Outcome = "undecided" if value > room else "same"
        if _tells(figure, before, after):
            if low > room and not (disturbed and unit in _IN_TIME):
                outcome = "worse"
            elif high < 1 / room:
                outcome = "better"
        yield Change(
            candidate=new.name,
            figure=figure,
            old=float(np.median(before)),
            new=float(np.median(after)),
            unit=unit,
            change=ratio,
            level=LEVEL,
            outcome=outcome,
        )


def _tells(figure: str, before: Sequence[float], after: Sequence[float]) -> bool:
    """Whether these rounds are enough to call a difference one. A file's size needs none."""
    return figure == "file" or can_tell_apart(len(before), len(after), level=LEVEL)


class _Side:
    """A contender in its report."""

    def __init__(self, entry: Entry, report: Report) -> None:
        self.entry = entry
        self.report = report
        self.right = report.right(entry)


class _Pair:
    """A contender then and now."""

    def __init__(self, old: _Side, new: _Side) -> None:
        self.old = old
        self.new = new
        self.name = new.entry.name

    @cached_property
    def images(self) -> list[Image]:
        """What both answered, without the images whose files are known to be others now."""
        then, now = self.old.report.digests, self.new.report.digests
        return [
            image
            for image in self.old.right
            if image in self.new.right
            and (image not in then or image not in now or then[image] == now[image])
        ]


class _Paired(NamedTuple):
    """A figure of accuracy: (images,) whether each was named rightly then and now; their groups."""

    figure: str
    was: NDArray[np.bool_]
    is_now: NDArray[np.bool_]
    groups: NDArray[np.int64]


def _paired(pair: _Pair) -> Iterator[_Paired]:
    """Top-1 and the recall of each class on the images that both runs answered."""
    images, old, new = pair.images, pair.old, pair.new
    if not images:
        if old.right and new.right:
            raise UsageError(f"{pair.name}: the reports have no labelled image in common")
        return
    was = np.array([old.right[image] for image in images])
    is_now = np.array([new.right[image] for image in images])
    groups = _together(images, old.report.groups, new.report.groups)
    yield _Paired("top-1", was, is_now, groups)
    truth = np.array([image.truth for image in images])
    classes = list(dict.fromkeys(truth.tolist()))
    for label in classes if len(classes) > 1 else ():  # of one alone, the recall is top-1
        own = truth == label
        yield _Paired(
            f"recall of {label}",
            was[own],
            is_now[own],
            np.unique(groups[own], return_inverse=True)[1].reshape(-1),
        )


def _together(images: Sequence[Image], *told: dict[Image, str]) -> NDArray[np.int64]:
    """(images,) the group of each: what either report knows to belong together does."""
    found = np.empty(len(images), dtype=np.int64)
    place = {image: number for number, image in enumerate(images)}

    def marks(image: Image) -> Iterator[tuple[int, str]]:
        for number, groups in enumerate(told):
            if image in groups:
                yield number, groups[image]

    for number, family in enumerate(together(images, marks)):
        found[[place[image] for image in family]] = number
    return found


def _points(name: str, paired: _Paired, max_drop: float, level: float) -> Change:
    """How many more images are named rightly."""
    was, is_now = paired.was, paired.is_now
    found = paired_difference(is_now & ~was, was & ~is_now, paired.groups, level=level)
    points = Estimate(value=100 * found.value, low=100 * found.low, high=100 * found.high)
    outcome: Outcome = "better" if points.low > 0 else "same"
    decided = decide(-points.high, -points.low, limit=max_drop)
    if decided == "lost":
        outcome = "worse"
    elif decided == "undecided" and found.value < 0:
        outcome = "undecided"
    return Change(
        candidate=name,
        figure=paired.figure,
        old=float(100 * was.mean()),
        new=float(100 * is_now.mean()),
        unit="%",
        change=points,
        level=level,
        outcome=outcome,
    )


def _missing(pair: _Pair) -> Iterator[str]:
    """Sentences on the accuracy of a contender that was told, and is not any more."""
    if pair.old.right and not pair.new.right:
        yield f"{pair.name}: its accuracy"
        return
    present = {image.truth for image in pair.images}
    for label in dict.fromkeys(image.truth for image in pair.old.right):
        if label not in present:
            yield f"{pair.name}: the recall of {label}, of which there is no image"


def _partners(then: Sequence[Entry], now: Sequence[Entry]) -> dict[str, str]:
    """Each earlier contender's name -> the later one's that it is compared with.

    A name tells of a file no more than sets it apart from the others of its report, and a runtime
    may be another one: what has no namesake is known by its file, threads and batch, if they are
    those of one alone in either report.
    """
    names = {entry.name for entry in now}
    found = {entry.name: entry.name for entry in then if entry.name in names}
    for entry in then:
        alike = [other for other in now if _described(other) == _described(entry)]
        own = [other for other in then if _described(other) == _described(entry)]
        if entry.name not in found and len(alike) == len(own) == 1:
            found[entry.name] = alike[0].name
    return found


def _described(entry: Entry) -> tuple[str, int, int]:
    return Path(entry.model).stem, entry.threads, entry.batch


def _cautions(
    then: Report, now: Report, pairs: Sequence[_Pair], alone: Collection[str]
) -> Iterator[str]:
    yield from _other_conditions(then, now)
    for pair in sorted(pairs, key=lambda pair: pair.name):
        yield from _of_contender(pair)
    for name in sorted(alone):
        in_later = any(entry.name == name for entry in now.entries)
        yield f"{name} is in the {'later' if in_later else 'earlier'} report alone"


def _other_conditions(then: Report, now: Report) -> Iterator[str]:
    """What differs between two runs as a whole, or stood in the way of one."""
    for key in ("board", "processor", "cores", "governor", "system"):
        old, new = getattr(then.device, key), getattr(now.device, key)
        if old != new:
            yield f"another machine or state: {key} was {old}, is {new}"
    packages = now.device.packages
    for name, version in then.device.packages.items():
        if packages.get(name) != version:
            yield f"{name} was {version}, is {packages.get(name, 'not installed')}"
    if then.images != now.images:
        yield f"times were taken on {then.images}, are taken on {now.images}"
    yield from _disturbances(then, now)
    if then.first_look != now.first_look:
        when = "earlier" if then.first_look else "later"
        yield f"second looks were left out of the {when} report alone"
    if then.version != now.version:
        yield f"wbc-edge was {then.version}, is {now.version}"


def _disturbances(then: Report, now: Report) -> Iterator[str]:
    """What made times longer than they need be."""
    for when, report in (("earlier", then), ("later", now)):
        before, after = report.before or State(), report.after or State()
        cores = report.device.cores
        if before.load is not None and cores and is_busy(before.load, cores):
            yield f"other work was running at the {when} report (load {before.load:.1f} before)"
        if told := throttled(before.throttling, after.throttling):
            yield f"the firmware told of the {when} one: {', '.join(told)}"


def _of_contender(pair: _Pair) -> Iterator[str]:
    """What stands in the way of comparing one contender."""
    name, old, new = pair.name, pair.old.entry, pair.new.entry
    if old.name != name:
        yield f"{name} is compared with what was called {old.name}"
    if old.sha256 != new.sha256:
        yield f"the file of {name} has changed"
    few = [
        figure
        for figure, once in old.figures.items()
        if once and (again := new.figures[figure]) and not _tells(figure, once, again)
    ]
    if few:
        yield f"too few rounds to tell a change of {name}: {', '.join(few)}"
    for when, here, there in (("earlier", old, new), ("later", new, old)):
        alone = [
            figure for figure in _FIGURES if here.figures[figure] and not there.figures[figure]
        ]
        if alone:
            yield f"{name} has {', '.join(alone)} in the {when} report alone"
    before, after = pair.old.right, pair.new.right
    if after and not before:
        yield f"{name} has top-1 in the later report alone"
        return
    both = len(pair.images)
    if after and {len(before), len(after)} != {both}:
        replaced = len(before.keys() & after.keys()) - both
        yield (
            f"top-1 of {name} is compared on {both} images; "
            f"{len(before)} were answered, {len(after)} are"
            + (f", {replaced} of them other pictures now" if replaced else "")
        )
