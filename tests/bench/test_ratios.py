from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import pytest

from bench.ratios import Figure, interleaved, to_json


def figure(ratio: float, sense: str) -> Figure:
    return Figure(
        name="a figure",
        ratio=ratio,
        low=ratio,
        high=ratio,
        target=1.0,
        sense=sense,  # type: ignore[arg-type]
        ours=ratio,
        theirs=1.0,
        unit="ms",
    )


@pytest.mark.parametrize(
    ("ratio", "sense", "passed"),
    [(0.9, "at most", True), (1.1, "at most", False), (0.9, "at least", False)],
)
def test_a_figure_knows_whether_it_passed(ratio: float, sense: str, passed: bool) -> None:
    found = figure(ratio, sense)
    assert found.passed is passed
    assert found.sentence().startswith("PASS" if passed else "FAIL")


@dataclass(frozen=True)
class Study:
    """What a study may hold: figures by themselves and in a tuple, and a folder's name."""

    one: Figure
    more: tuple[Figure, ...]
    folder: str


def test_a_study_as_json_tells_of_each_figure_whether_it_passed() -> None:
    good, bad = figure(0.9, "at most"), figure(1.1, "at most")
    content = json.loads(to_json(Study(good, (bad, good), "caf\udce9")).encode())
    assert content["one"] == {**asdict(good), "passed": True}
    assert [one["passed"] for one in content["more"]] == [False, True]
    assert content["folder"] == "caf\udce9"


def test_rounds_are_interleaved_after_one_that_is_not_counted() -> None:
    order: list[str] = []

    def take(name: str) -> float:
        order.append(name)
        return float(len(order))

    first, second = interleaved(lambda: take("a"), lambda: take("b"), rounds=2)
    assert "".join(order) == "abbaab"
    assert (first.tolist(), second.tolist()) == ([4, 5], [3, 6])
