from __future__ import annotations

import numpy as np
import pytest

from wbc_edge.errors import GateFailed
from wbc_edge.measure import compare, gates
from wbc_edge.measure.gates import Limits
from wbc_edge.measure.latency import Ratio

LABELS = ("a", "b")


def comparison(*, lost: int, count: int, max_drop: float = 0.5) -> compare.Comparison:
    reference = np.tile([0.9, 0.1], (count, 1))
    candidate = reference.copy()
    candidate[:lost] = candidate[:lost, ::-1]
    return compare.compare(candidate, reference, ["a"] * count, LABELS, max_drop=max_drop)


def ratio(value: float, low: float, high: float, stage: str = "whole") -> Ratio:
    return Ratio(name="int8", base="float", stage=stage, value=value, low=low, high=high, rounds=15)


@pytest.mark.parametrize(
    ("lost", "count", "passed", "words"),
    [
        (0, 2_000, True, "kept: 0.00 points lost"),
        (60, 2_000, False, "lost: 3.00 points lost"),
        (0, 100, False, "undecided: 0.00 points lost"),
    ],
)
def test_a_drop_passes_only_where_the_images_show_it(
    lost: int, count: int, passed: bool, words: str
) -> None:
    found = comparison(lost=lost, count=count)
    (result,) = gates.of_comparison("int8", found, Limits(max_drop=0.5))
    assert result.passed is passed
    assert result.message.startswith(words)
    assert result.figure == found.verdict.worst


def test_the_sentence_says_by_how_much_and_what_would_decide() -> None:
    lost = comparison(lost=60, count=2_000).verdict.sentence()
    assert "2.50 over the limit of 0.5" in lost
    few = comparison(lost=0, count=100).verdict.sentence()
    assert few.endswith("; 765 images would decide, if all are answered alike")
    one = comparison(lost=1, count=400).verdict.sentence()
    assert one.endswith("images like these would decide, four times in five")


def test_agreement_is_judged_by_these_very_images() -> None:
    found = comparison(lost=3, count=100)
    (passing,) = gates.of_comparison("int8", found, Limits(min_agreement=97))
    (failing,) = gates.of_comparison("int8", found, Limits(min_agreement=98.5))
    assert (passing.passed, failing.passed) == (True, False)
    assert "1.50 points too few" in failing.message


@pytest.mark.parametrize(
    ("low", "high", "passed", "words"),
    [
        (0.9, 1.1, True, "times as long"),
        (1.15, 1.25, False, "0.100 over the limit"),
        (1.0, 1.2, False, "undecided"),
    ],
)
def test_latency_passes_only_where_the_rounds_show_it(
    low: float, high: float, passed: bool, words: str
) -> None:
    found = [ratio(1.2, low, high), ratio(9, 9, 9, stage="load")]
    (result,) = gates.of_ratios(found, Limits(max_latency_ratio=1.1))
    assert result.passed is passed
    assert words in result.message


def test_without_limits_there_are_no_gates() -> None:
    assert gates.of_comparison("int8", comparison(lost=0, count=9), Limits()) == []
    assert gates.of_ratios([ratio(2, 2, 2)], Limits()) == []


def test_check_names_every_gate_that_failed() -> None:
    found = comparison(lost=60, count=2_000)
    results = gates.of_comparison("int8", found, Limits(max_drop=0.5, min_agreement=99))
    with pytest.raises(GateFailed, match=r"--max-drop 0\.5: int8: lost.*; --min-agreement 99"):
        gates.check(results)
    gates.check(gates.of_comparison("int8", found, Limits(max_drop=10)) * 0)
