"""What a report says to a person, in order, before any format lays it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wbc_edge.measure.accuracy import Accuracy
from wbc_edge.measure.compare import Comparison
from wbc_edge.measure.device import Device, Reading
from wbc_edge.measure.intervals import Estimate
from wbc_edge.measure.latency import RATIO_STAGES
from wbc_edge.measure.report import Data, Entry, Report

MOST_LISTED = 12


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of texts; the first column is a name, the others are figures."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, an optional table, and sentences below it."""

    title: str
    table: Table | None = None
    notes: tuple[str, ...] = ()


def sections(report: Report) -> tuple[Section, ...]:
    """The report's sections: the verdict first where there is one, the machine last."""
    return tuple(_sections(report))


def _sections(report: Report) -> Iterator[Section]:
    if report.gates:
        yield _gates(report)
    yield _latency(report)
    if any(entry.cold for entry in report.entries):
        yield _cold(report)
    if report.ratios:
        yield _ratios(report)
    if report.data:
        yield _accuracy(report, report.data)
    for entry in report.entries:
        if entry.accuracy:
            yield _classes(entry.name, entry.accuracy)
    for entry in report.entries:
        if entry.comparison:
            yield _comparison(entry, entry.comparison, report.reference or "")
    yield _device(report)


def _gates(report: Report) -> Section:
    return Section(
        title="Gates",
        notes=tuple(
            f"{'PASS' if gate.passed else 'FAIL'}  --{gate.gate} {gate.limit:g}: "
            f"{gate.candidate}: {gate.message}"
            for gate in report.gates
        ),
    )


def _latency(report: Report) -> Section:
    plan = report.plan
    rows = []
    for entry in report.entries:
        timing = entry.timing
        medians = (timing.load, timing.first, timing.decode, timing.prepare, timing.invoke)
        rows.append(
            (
                entry.name,
                *(milliseconds(spread.p50) for spread in medians),
                *(milliseconds(value) for value in (timing.whole.p50, timing.whole.p90)),
                milliseconds(timing.whole.p99),
            )
        )
    count = report.entries[0].timing.whole.count
    return Section(
        title="Latency of one image, in ms",
        table=Table(
            head=("", "load", "first", "decode", "prep.", "invoke", "whole", "p90", "p99"),
            rows=tuple(rows),
        ),
        notes=(
            f"Medians, and p90 and p99 of the whole; {report.images}; {plan.rounds} interleaved "
            f"rounds, each a fresh model and {plan.warmup} warm-up images; {count} timings each.",
        ),
    )


def _cold(report: Report) -> Section:
    rows, reasons = [], set()
    for entry in report.entries:
        cold = entry.cold
        if cold is None:
            continue
        peak = "-" if cold.peak_bytes is None else f"{cold.peak_bytes / 2**20:.1f}"
        reasons |= {cold.peak_reason} - {None}
        times = (cold.process, cold.load, cold.first)
        rows.append((entry.name, *map(milliseconds, times), peak, f"{entry.size / 1e6:.2f}"))
    return Section(
        title="From a cold process",
        table=Table(
            head=("", "process ms", "load ms", "first ms", "peak MiB", "file MB"), rows=tuple(rows)
        ),
        notes=(
            "The process is Python, its imports, the model and one image; load holds the import "
            "of the runtime.",
            *(f"No peak memory: {reason}." for reason in sorted(map(str, reasons))),
        ),
    )


def _ratios(report: Report) -> Section:
    found = {(ratio.name, ratio.stage): ratio for ratio in report.ratios}
    rows = []
    for name in dict.fromkeys(ratio.name for ratio in report.ratios):
        for stage in RATIO_STAGES:
            if ratio := found.get((name, stage)):
                limits = f"{ratio.low:.3f} to {ratio.high:.3f}"
                rows.append((name, stage, f"{ratio.value:.3f}", limits))
    return Section(
        title=f"Times as a multiple of {report.base}",
        table=Table(head=("", "stage", "ratio", "99 % interval"), rows=tuple(rows)),
        notes=("An interval that holds 1 shows no difference.",),
    )


def _accuracy(report: Report, data: Data) -> Section:
    rows: list[tuple[str, ...]] = []
    for entry in report.entries:
        if entry.accuracy is not None:
            rows += _headlines(entry.name, entry.accuracy)
    notes = [f"{data.answered} of {data.images} images in {data.folder} were answered."]
    notes += [f"Not read: {item.path}: {item.message}" for item in data.failures[:MOST_LISTED]]
    if len(data.failures) > MOST_LISTED:
        notes.append(f"{len(data.failures) - MOST_LISTED} more were not read; see the JSON report.")
    return Section(
        title="Accuracy, in %",
        table=Table(head=("", "figure", "value", "95 % interval"), rows=tuple(rows)),
        notes=tuple(notes),
    )


def _headlines(name: str, result: Accuracy) -> Iterator[tuple[str, ...]]:
    yield name, "top-1", *percent(result.top1)
    yield name, "balanced", *percent(result.balanced)
    yield name, "macro F1", *percent(result.macro_f1)
    yield name, "calibration error", f"{100 * result.calibration.error:.2f}", "-"
    kept = result.abstention
    if kept.threshold > 0:
        yield name, f"answered at {kept.threshold:g}", *percent(kept.coverage)
        yield name, "wrong among these", *percent(kept.risk)


def _classes(name: str, result: Accuracy) -> Section:
    rows = (
        (score.label, str(score.support), *percent(score.recall), *percent(score.precision))
        for score in result.classes
    )
    return Section(
        title=f"Class by class, {name}, in %",
        table=Table(
            head=("", "images", "recall", "95 % interval", "precision", "95 % interval"),
            rows=tuple(rows),
        ),
    )


def _comparison(entry: Entry, result: Comparison, reference: str) -> Section:
    agreement, interval = percent(result.agreement)
    notes = [
        f"Verdict: {result.verdict.sentence()}.",
        f"{result.lost} lost, {result.gained} gained of {result.count} images; McNemar's exact "
        f"test: p = {result.p_value:.3g}.",
        f"Agreement {agreement} % ({interval}); largest difference of a probability "
        f"{result.largest_probability_difference:.3f} ({result.largest_difference_at}).",
    ]
    for change in result.recall:
        if change.change is not None and (change.lost or change.gained):
            notes.append(
                f"Recall of {change.label}: {change.lost} lost, {change.gained} gained of "
                f"{change.support}: {100 * change.change.value:+.2f} points "
                f"({100 * change.change.low:+.2f} to {100 * change.change.high:+.2f})."
            )
    flips = tuple(
        (flip.path, flip.truth, flip.reference, flip.candidate, flip.effect)
        for flip in result.flips[:MOST_LISTED]
    )
    if len(result.flips) > MOST_LISTED:
        notes.append(
            f"{len(result.flips) - MOST_LISTED} more flipped images are in the JSON report."
        )
    return Section(
        title=f"{entry.name} beside {reference}",
        table=Table(head=("flipped", "truth", "reference", "candidate", ""), rows=flips)
        if flips
        else None,
        notes=tuple(notes),
    )


def _device(report: Report) -> Section:
    device = report.device
    parts = [device.board, device.processor or device.machine, f"{device.cores} cores"]
    if device.memory is not None:
        parts.append(f"{device.memory / 2**30:.1f} GiB")
    if device.governor is not None:
        parts.append(f"governor {device.governor}")
    return Section(
        title="Device",
        notes=(
            ", ".join(part for part in parts if part),
            f"{device.system}; {device.python}",
            *((f"Features: {' '.join(device.features)}",) if device.features else ()),
            ", ".join(f"{name} {version}" for name, version in device.packages.items()),
            *_readings(device, report.before, report.after),
        ),
    )


def _readings(device: Device, before: Reading, after: Reading) -> Iterator[str]:
    if before.load is not None and before.load > 0.5 * device.cores:
        yield f"Other work is running (load {before.load:.1f} before): times at rest are lower."
    if before.temperature is not None and after.temperature is not None:
        yield f"{before.temperature:.0f} C before, {after.temperature:.0f} C after"
    if after.throttling:
        yield f"The firmware reports: {', '.join(after.throttling)}"


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
