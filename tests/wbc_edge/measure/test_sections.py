"""What a reader is told first, and what of it to doubt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.paths import FLOAT, INT8
from wbc_edge.measure import Report, bench
from wbc_edge.measure.device import Reading
from wbc_edge.measure.gates import GateResult
from wbc_edge.measure.latency import Plan
from wbc_edge.measure.sections import sections, timing
from wbc_edge.measure.sections.summary import summarise

CALM = Reading(temperature=None, mhz=None, load=0.0, throttling=None)


@pytest.fixture(scope="module")
def report(drawn_cells: Path) -> Report:
    measured = bench(
        [INT8],
        reference=FLOAT,
        data=drawn_cells,
        plan=Plan(rounds=2, warmup=0),
        batches=[1, 2],
        cold_rounds=0,
        folder_rounds=1,
    )
    calm = replace(measured.device, governor=None)
    return replace(measured, device=calm, before=CALM, after=CALM)


def gate(passed: bool) -> GateResult:
    return GateResult(
        gate="max-drop", candidate="c", limit=0.5, figure=1, passed=passed, message="m"
    )


def test_gates_decide_the_headline(report: Report) -> None:
    failed = summarise(replace(report, gates=(gate(True), gate(False))))
    assert (failed.tone, failed.headline) == ("bad", "1 of 2 gates failed")
    passed = summarise(replace(report, gates=(gate(True),)))
    assert (passed.tone, passed.headline) == ("good", "The gate is passed")
    assert passed.judgements[0] == "PASS  --max-drop 0.5: c: m"


def test_without_gates_the_comparison_does(report: Report) -> None:
    short = summarise(report)
    assert (short.tone, short.headline) == (
        "unsure",
        "These images do not decide whether accuracy is kept",
    )
    beside = next(one for one in short.judgements if one.startswith("tiny-int8 litert x1 beside"))
    assert "times the file; accuracy undecided" in beside


def test_with_neither_the_time_does(report: Report) -> None:
    alone = replace(report.entries[0], comparison=None)
    short = summarise(replace(report, entries=(alone,), ratios=(), reference=None))
    assert short.tone == "plain"
    assert short.headline.endswith(" ms from file to answer")
    assert "images a second from a folder" in short.figures[0]


def test_one_round_over_a_folder_has_no_interval(report: Report) -> None:
    (section,) = timing.folder(report)
    assert section.table is not None
    assert {row[-1] for row in section.table.rows} == {"-"}
    assert section.notes[0].endswith("files, one round.")


def test_a_batch_has_no_figures_of_its_own_but_a_ratio(report: Report) -> None:
    short = summarise(report)
    assert not any("batch" in figure for figure in short.figures)
    assert any(" batch 2 beside " in judgement for judgement in short.judgements)


@pytest.mark.parametrize(
    ("before", "after", "governor", "told"),
    [
        (replace(CALM, load=99.0), CALM, None, "other work was running (load 99.0 before)"),
        (CALM, replace(CALM, throttling=("throttled",)), None, "the firmware reports: throttled"),
        (replace(CALM, mhz=1800), replace(CALM, mhz=600), None, "fell from 1800 to 600 MHz"),
        (CALM, CALM, "ondemand", "the governor is ondemand"),
    ],
)
def test_reasons_for_doubt_are_told(
    report: Report, before: Reading, after: Reading, governor: str | None, told: str
) -> None:
    device = replace(report.device, governor=governor)
    (caution,) = summarise(replace(report, device=device, before=before, after=after)).cautions
    assert told in caution
    assert summarise(report).cautions == ()


def test_sections_come_in_their_order_and_only_where_there_is_something(report: Report) -> None:
    keys = list(dict.fromkeys(section.key for section in sections(report)))
    assert keys == [
        *("summary", "latency", "folder", "ratios"),
        *("accuracy", "classes", "comparison", "device"),
    ]
