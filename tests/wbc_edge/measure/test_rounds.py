from __future__ import annotations

from wbc_edge.measure.rounds import rotating


def test_another_one_begins_every_round() -> None:
    assert ["".join(turn) for turn in rotating("abc", 4)] == ["abc", "bca", "cab", "abc"]


def test_nobody_has_no_turns() -> None:
    assert list(rotating([], 2)) == [(), ()]
