"""Sections on time, memory and size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wbc_edge.measure.intervals import fewest_for_median
from wbc_edge.measure.latency import FEWEST_ROUNDS, RATIO_STAGES
from wbc_edge.measure.sections.layout import Section, Table
from wbc_edge.wording import milliseconds

if TYPE_CHECKING:
    from wbc_edge.measure.report import Report
    from wbc_edge.measure.throughput import Throughput


def latency(report: Report) -> Iterator[Section]:
    """Medians of every stage, and the tail of the whole."""
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
    counts = sorted({entry.timing.whole.count for entry in report.entries})
    timings = " or ".join(map(str, counts))
    notes = [
        f"Medians, and p90 and p99 of the whole; {report.images}; {plan.rounds} interleaved "
        f"rounds, each a fresh model and {plan.warmup} warm-up images; {timings} timings each."
    ]
    if any(entry.batch > 1 for entry in report.entries):
        notes.append(
            "Of a batch, the time is its whole time over its images; a runtime whose model takes "
            "one image at a time is given them one by one."
        )
    yield Section(
        key="latency",
        title="Latency of one image, in ms",
        table=Table(
            head=("", "load", "first", "decode", "prep.", "invoke", "whole", "p90", "p99"),
            rows=tuple(rows),
        ),
        notes=tuple(notes),
    )


def cold(report: Report) -> Iterator[Section]:
    """Fresh processes: their time and memory."""
    rows, reasons = [], set()
    for entry in report.entries:
        found = entry.cold
        if found is None:
            continue
        peak = "-" if found.peak_bytes is None else f"{found.peak_bytes / 2**20:.1f}"
        reasons |= {found.peak_reason} - {None}
        times = (found.command, found.load, found.first)
        rows.append((entry.name, *map(milliseconds, times), peak, f"{entry.size / 1e6:.2f}"))
    if not rows:
        return
    yield Section(
        key="cold",
        title="From a cold start",
        table=Table(
            head=("", "command ms", "load ms", "first ms", "peak MiB", "file MB"), rows=tuple(rows)
        ),
        notes=(
            "The command is 'wbc-edge classify' on one image, from its start to its end; load "
            "holds the import of the runtime.",
            *(f"No peak memory: {reason}." for reason in sorted(map(str, reasons))),
        ),
    )


def folder(report: Report) -> Iterator[Section]:
    """Images a second."""
    rows = [
        (
            entry.name,
            str(entry.folder.workers),
            f"{entry.folder.rate:.0f}",
            _span(entry.folder),
        )
        for entry in report.entries
        if entry.folder is not None
    ]
    found = next((entry.folder for entry in report.entries if entry.folder is not None), None)
    if found is not None:
        interval = _interval(found.rounds, fewest_for_median(), "95 %")
        yield Section(
            key="folder",
            title="A folder, in images a second",
            table=Table(head=("", "workers", "rate", interval), rows=tuple(rows)),
            notes=(
                f"{found.images} files, "
                + (f"{found.rounds} interleaved rounds." if found.rounds > 1 else "one round."),
            ),
        )


def ratios(report: Report) -> Iterator[Section]:
    """Times as multiples of the base's."""
    if not report.ratios:
        return
    found = {(ratio.name, ratio.stage): ratio for ratio in report.ratios}
    rows, others = [], {}
    for name in dict.fromkeys(ratio.name for ratio in report.ratios):
        for stage in RATIO_STAGES:
            if ratio := found.get((name, stage)):
                limits = f"{ratio.low:.3f} to {ratio.high:.3f}"
                rows.append((name, stage, f"{ratio.value:.3f}", limits))
                if ratio.base != report.base:
                    others[name] = f"{name}: of {ratio.base}, which was measured as it was."
    interval = _interval(min(ratio.rounds for ratio in report.ratios), FEWEST_ROUNDS, "99 %")
    yield Section(
        key="ratios",
        title=f"Times as a multiple of {report.base}",
        table=Table(head=("", "stage", "ratio", interval), rows=tuple(rows)),
        notes=("An interval that holds 1 shows no difference.", *others.values()),
    )


def _interval(rounds: int, fewest: int, level: str) -> str:
    """What a column of intervals over rounds is called: of too few they are but the range."""
    return f"{level} interval" if rounds >= fewest else f"range; {fewest} rounds give {level}"


def _span(found: Throughput) -> str:
    """The interval of a rate; one round tells nothing of the next."""
    return f"{found.low:.0f} to {found.high:.0f}" if found.rounds > 1 else "-"
