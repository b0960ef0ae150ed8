from __future__ import annotations

import pytest

from bench.ratios import Figure, interleaved


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


def test_rounds_are_interleaved_after_one_that_is_not_counted() -> None:
    order: list[str] = []

    def take(name: str) -> float:
        order.append(name)
        return float(len(order))

    first, second = interleaved(lambda: take("a"), lambda: take("b"), rounds=2)
    assert "".join(order) == "abbaab"
    assert (first.tolist(), second.tolist()) == ([4, 5], [3, 6])
