"""Sections on accuracy, and on a candidate beside its reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wbc_edge import wording
from wbc_edge.measure.sections.layout import Section, Table

if TYPE_CHECKING:
    from wbc_edge.measure.accuracy import Accuracy
    from wbc_edge.measure.compare import Comparison, Flip
    from wbc_edge.measure.intervals import Estimate
    from wbc_edge.measure.report import Entry, Report

MOST_LISTED = 12
MOST_FLIPS = 24


def accuracy(report: Report) -> Iterator[Section]:
    """The headline figures of every model."""
    data = report.data
    if data is None:
        return
    rows: list[tuple[str, ...]] = []
    for entry in report.entries:
        if entry.accuracy is not None:
            rows += _headlines(entry.name, entry.accuracy)
    notes = [f"{data.answered} of {data.images} images in {data.folder} could be read."]
    notes += [f"Not read: {item.path}: {item.message}" for item in data.failures[:MOST_LISTED]]
    if len(data.failures) > MOST_LISTED:
        notes.append(f"{len(data.failures) - MOST_LISTED} more were not read; see the JSON report.")
    if (independent := len(set(data.groups))) < data.answered:
        notes.append(
            f"Intervals and tests count {independent} independent images: copies of a file, and "
            "what --groups tells, belong together."
        )
    if any(entry.looks is not None and entry.looks > 1 for entry in report.entries):
        notes.append(
            "The answers are those of classify, second looks at doubtful cells included; a latency "
            "is that of one look. --first-look tells what one look answers."
        )
    yield Section(
        key="accuracy",
        title="Accuracy, in %",
        table=Table(head=("", "figure", "value", "95 % interval"), rows=tuple(rows)),
        notes=tuple(notes),
    )


def classes(report: Report) -> Iterator[Section]:
    """Recall and precision, a section for each model."""
    for entry in report.entries:
        if entry.accuracy is None:
            continue
        rows = (
            (score.label, str(score.support), *_percent(score.recall), *_percent(score.precision))
            for score in entry.accuracy.classes
        )
        yield Section(
            key="classes",
            title=f"Class by class, {entry.name}, in %",
            contender=entry.name,
            table=Table(
                head=("", "images", "recall", "95 % interval", "precision", "95 % interval"),
                rows=tuple(rows),
            ),
            notes=_confused(entry.accuracy),
        )


def comparisons(report: Report) -> Iterator[Section]:
    """Each candidate beside the reference, with the images that it names differently."""
    for entry in report.entries:
        if entry.comparison is not None:
            yield _comparison(entry, entry.comparison, report.reference or "")


def listed(flips: Sequence[Flip]) -> list[Flip]:
    """The flipped images that a page has room for, those that were lost first."""
    order = ("lost", "gained", "still wrong")
    return sorted(flips, key=lambda flip: order.index(flip.effect))[:MOST_FLIPS]


def _headlines(name: str, result: Accuracy) -> Iterator[tuple[str, ...]]:
    yield name, "top-1", *_percent(result.top1)
    yield name, "balanced", *_percent(result.balanced)
    yield name, "macro F1", *_percent(result.macro_f1)
    yield name, "calibration error", wording.rounded(100 * result.calibration.error, 2), "-"
    kept = result.abstention
    if kept.threshold > 0 or kept.answered < result.count:
        yield name, f"answered at {kept.threshold:g}", *_percent(kept.coverage)
        yield name, "wrong among these", *_percent(kept.risk)
    if result.again is not None:
        yield name, "looked at again", *_percent(result.again)


def _percent(estimate: Estimate | None) -> tuple[str, str]:
    """("97.19", "94.7 to 98.5"), or dashes."""
    if estimate is None:
        return "-", "-"
    return wording.rounded(100 * estimate.value, 2), wording.interval(estimate, 1)


def _confused(result: Accuracy) -> tuple[str, ...]:
    """The commonest mistakes, most frequent first."""
    pairs = [
        (count, result.labels[true], result.labels[named])
        for true, row in enumerate(result.confusion)
        for named, count in enumerate(row)
        if count and true != named
    ]
    worst = sorted(pairs, key=lambda pair: -pair[0])[:5]
    if not worst:
        return ()
    told = ", ".join(f"{true} as {named} ({count})" for count, true, named in worst)
    return (f"Most often confused: {told}.",)


def _comparison(entry: Entry, result: Comparison, reference: str) -> Section:
    notes = [
        f"Verdict: {result.verdict.sentence()}.",
        f"{result.lost} lost, {result.gained} gained of {result.count} images: "
        f"{wording.difference(result.difference)} points; {result.test}: "
        f"p = {wording.p_value(result.p_value)}.",
        f"Agreement {wording.share(result.agreement)}; largest difference of a probability "
        f"{result.largest_probability_difference:.3f} ({result.largest_difference_at}).",
    ]
    for change in result.recall:
        if change.change is not None and (change.lost or change.gained):
            notes.append(
                f"Recall of {change.label}: {change.lost} lost, {change.gained} gained of "
                f"{change.support}: {wording.difference(change.change)} points."
            )
    flips = tuple(
        (flip.path, flip.truth, flip.reference, flip.candidate, flip.effect)
        for flip in listed(result.flips)
    )
    if (more := len(result.flips) - len(flips)) > 0:
        notes.append(f"{more} more flipped images are in the JSON report.")
    return Section(
        key="comparison",
        title=f"{entry.name} beside {reference}",
        contender=entry.name,
        table=Table(head=("flipped", "truth", "reference", "candidate", ""), rows=flips)
        if flips
        else None,
        notes=tuple(notes),
    )
