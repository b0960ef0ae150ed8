"""The answer in a few sentences: what a reader takes home who reads no table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wbc_edge.measure.device import disturbances
from wbc_edge.measure.latency import FEWEST_ROUNDS
from wbc_edge.measure.sections.layout import Section
from wbc_edge.wording import interval, milliseconds, percent

if TYPE_CHECKING:
    from wbc_edge.measure.gates import GateResult
    from wbc_edge.measure.latency import Ratio
    from wbc_edge.measure.report import Entry, Report

Tone = Literal["good", "bad", "unsure", "plain"]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A headline, how it is to be taken, and the sentences below it.

    `judgements` are on gates and on what stands beside a base, `figures` on each contender alone,
    `cautions` are reasons to trust both less.
    """

    tone: Tone
    headline: str
    judgements: tuple[str, ...]
    figures: tuple[str, ...]
    cautions: tuple[str, ...]


def summarise(report: Report) -> Summary:
    """The report in short."""
    tone, headline = _headline(report)
    return Summary(
        tone=tone,
        headline=headline,
        judgements=(
            *(_gate(gate) for gate in report.gates),
            *(_beside(entry, report) for entry in report.entries if entry.name != report.base),
        ),
        figures=tuple(_alone(entry) for entry in report.entries if entry.batch == 1),
        cautions=tuple(_cautions(report)),
    )


def summary(report: Report) -> Iterator[Section]:
    """The summary as a section."""
    short = summarise(report)
    yield Section(
        key="summary",
        title=short.headline,
        notes=(
            *short.judgements,
            *short.figures,
            *(f"Caution: {caution}" for caution in short.cautions),
        ),
    )


def _gate(gate: GateResult) -> str:
    """One gate and what became of it."""
    state = "PASS" if gate.passed else "FAIL"
    return f"{state}  --{gate.gate} {gate.limit:g}: {gate.candidate}: {gate.message}"


def _headline(report: Report) -> tuple[Tone, str]:
    failed = sum(not gate.passed for gate in report.gates)
    if failed:
        return "bad", f"{failed} of {len(report.gates)} gates failed"
    if report.gates:
        count = len(report.gates)
        return "good", "The gate is passed" if count == 1 else f"All {count} gates are passed"
    outcomes = [entry.comparison.verdict.outcome for entry in report.entries if entry.comparison]
    if "lost" in outcomes:
        return "bad", "Accuracy is lost"
    if "undecided" in outcomes:
        return "unsure", "These images do not decide whether accuracy is kept"
    if outcomes:
        return "good", "Accuracy is kept"
    best = min(report.entries, key=lambda entry: entry.timing.whole.p50)
    return "plain", f"{milliseconds(best.timing.whole.p50)} ms from file to answer"


def _alone(entry: Entry) -> str:
    times = entry.timing
    parts = [
        f"{milliseconds(times.whole.p50)} ms an image (p90 {milliseconds(times.whole.p90)}), "
        f"{milliseconds(times.invoke.p50)} of them in the interpreter"
    ]
    if again := entry.looking_again(entry.looks):
        parts.append(f"{milliseconds(again)} ms more on average for second looks")
    if entry.folder is not None:
        parts.append(f"{entry.folder.rate:.0f} images a second from a folder")
    if entry.cold is not None:
        parts.append(f"{milliseconds(entry.cold.command)} ms for the command on one image")
        if entry.cold.peak_bytes is not None:
            parts.append(f"{entry.cold.peak_bytes / 2**20:.0f} MiB of memory")
    parts.append(f"a file of {entry.size / 1e6:.2f} MB")
    if entry.accuracy is not None:
        top1 = entry.accuracy.top1
        parts.append(f"{percent(top1.value)} right ({interval(top1, 1)})")
    return f"{entry.name}: {'; '.join(parts)}."


def _beside(entry: Entry, report: Report) -> str:
    parts = []
    ratio = _whole(report.ratios, entry.name)
    named = report.base if ratio is None else ratio.base
    base = next(one for one in report.entries if one.name == named)
    if ratio is not None:
        interval = f"{ratio.low:.3f} to {ratio.high:.3f}"
        told = ""
        if ratio.rounds < FEWEST_ROUNDS:
            told = f"; {FEWEST_ROUNDS} rounds are the fewest that tell"
        elif ratio.low <= 1 <= ratio.high:
            told = ", which shows no difference"
        parts.append(f"{ratio.value:.3f} times the time ({interval}{told})")
    if entry.sha256 != base.sha256:
        parts.append(f"{entry.size / base.size:.2f} times the file")
    gated = any(gate.gate == "max-drop" and gate.candidate == entry.name for gate in report.gates)
    if entry.comparison is not None and not gated:
        parts.append(f"accuracy {entry.comparison.verdict.sentence()}")
    return f"{entry.name} beside {base.name}: {'; '.join(parts)}."


def _whole(ratios: Sequence[Ratio], name: str) -> Ratio | None:
    return next((one for one in ratios if one.name == name and one.stage == "whole"), None)


def _cautions(report: Report) -> Iterator[str]:
    if report.data is not None and (unread := report.data.unread()):
        yield f"{unread}."
    if report.data is not None and (contradicted := report.data.contradicted()):
        yield f"{contradicted}."
    if report.data is not None and (astray := report.data.astray()):
        yield f"{astray}."
    for sentence in disturbances(report.device, report.before, report.after):
        yield f"{sentence}."
