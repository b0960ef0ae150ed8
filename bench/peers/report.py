"""What the study of the peers found, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.ratios import Figure
from train.study import page
from wbc_edge import wording
from wbc_edge.measure.device import Device, Reading, other_work
from wbc_edge.measure.formats.markdown import grid
from wbc_edge.measure.intervals import Estimate
from wbc_edge.text import columns

SCHEMA = "wbc-edge-peers/1"
CLEAR = 0.95
"""A peer wins in cold start or memory where it needs less than this share of ours."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was measured of one peer: medians, and ratios to ours with 99 % intervals.

    `ours` tells whether it is this project in another shape, `threads` on how many it ran.
    `latency` is one inference in ms, pixels to probabilities; `cold` the start of the process to
    its first answer in ms; `peak` bytes when it has answered all cells.
    """

    name: str
    ours: bool
    threads: int
    file: str
    size: int
    latency: float
    latency_ratio: Estimate
    cold: float
    cold_ratio: float
    peak: int | None
    peak_ratio: float | None
    top1: float
    agreement: float
    difference: Estimate
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Study:
    """The whole table, and how it came about."""

    schema: str = SCHEMA
    command: str = ""
    device: Device
    before: Reading
    after: Reading
    cells: int
    rounds: int
    results: tuple[Result, ...]
    figures: tuple[Figure, ...]
    left_out: dict[str, str]
    wins: tuple[str, ...]


def wins(results: Sequence[Result]) -> Iterator[str]:
    """What a peer on as many threads does better than the first of ours.

    Latency and accuracy by the whole of their intervals; starts and memory, of which there are few
    rounds, by the share `CLEAR`.
    """
    for one in results[1:]:
        if one.ours or one.threads != results[0].threads:
            continue
        if one.latency_ratio.high < 1:
            yield f"{one.name} is faster: {one.latency_ratio.value:.3f} times our latency"
        if one.cold_ratio < CLEAR:
            yield f"{one.name} starts sooner: {one.cold_ratio:.2f} times our cold start"
        if one.peak_ratio is not None and one.peak_ratio < CLEAR:
            yield f"{one.name} takes less memory: {one.peak_ratio:.2f} times ours"
        if one.difference.low > 0:
            gain = wording.rounded(100 * one.difference.value, 2)
            yield f"{one.name} is more accurate by {gain} points"


HEAD = (
    *("", "threads", "ms", "times ours (99 %)", "start ms", "times", "MiB", "times", "top-1 %"),
    *("agree %", "difference, points (95 %)"),
)


def _rows(result: Study) -> list[tuple[str, ...]]:
    return [
        (
            one.name,
            str(one.threads),
            f"{one.latency:.2f}",
            f"{one.latency_ratio.value:.3f} ({one.latency_ratio.low:.3f} to "
            f"{one.latency_ratio.high:.3f})",
            f"{one.cold:.0f}",
            f"{one.cold_ratio:.2f}",
            "-" if one.peak is None else f"{one.peak / 2**20:.0f}",
            "-" if one.peak_ratio is None else f"{one.peak_ratio:.2f}",
            wording.rounded(100 * one.top1, 2),
            wording.rounded(100 * one.agreement, 2),
            wording.difference(one.difference),
        )
        for one in result.results
    ]


def _notes(result: Study) -> list[str]:
    notes = [f"{win}." for win in result.wins] or ["No peer wins in anything."]
    notes += [f"{figure.sentence()}." for figure in result.figures]
    notes += [f"Left out: {name}: {reason}" for name, reason in result.left_out.items()]
    if load := other_work(result.device, result.before):
        notes.append(f"Other work was running (load {load:.1f}): starts suffer from it most.")
    return notes


def table(result: Study) -> str:
    """For the terminal."""
    rows = columns([HEAD, *_rows(result)], right=range(1, len(HEAD)))
    return "\n".join([rows, "", *_notes(result)])


def markdown(result: Study) -> str:
    """For docs/ and the closing note."""
    return (
        "\n".join(page.head("Peers", result.command)) + f"\n{grid(HEAD, _rows(result))}\n\n"
        f"{result.cells} test cells, {result.rounds} interleaved rounds of inferences, "
        f"pixels to probabilities; {result.device.short}. Ours is the first row.\n\n"
        + "\n".join(f"- {note}" for note in _notes(result))
        + "\n"
    )
