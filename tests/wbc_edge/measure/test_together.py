from __future__ import annotations

from wbc_edge.measure.together import together


def test_things_are_joined_through_others_and_keep_their_order() -> None:
    marks = {"a": "1", "b": "23", "c": "", "d": "12", "e": "4", "f": "4"}
    sets = together(list(marks), lambda name: marks[name])
    assert sets == [["a", "b", "d"], ["c"], ["e", "f"]]


def test_equal_things_without_a_mark_are_not_joined() -> None:
    assert together(["x", "x"], lambda _: ()) == [["x"], ["x"]]
