from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import pytest

from bench.ratios import Figure, interleaved, to_json


def figure(ratio: float, sense: str, *, reach: float = 0.0, rounds: int = 6) -> Figure:
    return Figure(
        name="a figure",
        rounds=rounds,
        ratio=ratio,
        low=ratio - reach,
        high=ratio + reach,
        target=1.0,
        sense=sense,  # type: ignore[arg-type]
        ours=ratio,
        theirs=1.0,
        unit="ms",
    )


@pytest.mark.parametrize(
    ("ratio", "reach", "sense", "word"),
    [
        (0.9, 0.0, "at most", "PASS"),
        (0.9, 0.1, "at most", "PASS"),
        (0.9, 0.2, "at most", "UNDECIDED"),
        (1.1, 0.2, "at most", "UNDECIDED"),
        (1.1, 0.05, "at most", "FAIL"),
        (1.1, 0.05, "at least", "PASS"),
        (1.1, 0.2, "at least", "UNDECIDED"),
        (0.9, 0.0, "at least", "FAIL"),
    ],
)
def test_a_target_is_passed_only_where_the_whole_interval_keeps_it(
    ratio: float, reach: float, sense: str, word: str
) -> None:
    found = figure(ratio, sense, reach=reach)
    assert found.passed is (word == "PASS")
    assert found.sentence().startswith(f"{word}  a figure: ")


@pytest.mark.parametrize("ratio", [0.5, 1.5])
def test_a_few_rounds_decide_nothing(ratio: float) -> None:
    assert figure(ratio, "at most", rounds=5).outcome == "undecided"
    assert figure(ratio, "at most", rounds=6).outcome != "undecided"


@dataclass(frozen=True)
class Study:
    """What a study may hold: figures by themselves and in a tuple, and a folder's name."""

    one: Figure
    more: tuple[Figure, ...]
    folder: str


def test_a_study_as_json_tells_of_each_figure_whether_it_passed() -> None:
    good, bad = figure(0.9, "at most"), figure(1.1, "at most")
    content = json.loads(to_json(Study(good, (bad, good), "caf\udce9")).encode())
    assert content["one"] == {**asdict(good), "passed": True, "outcome": "passed"}
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
