from __future__ import annotations

from train.evaluation.costly import SHOWN, Costly, costliest


def test_the_costliest_group_comes_first_and_single_cells_are_none() -> None:
    groups = ["a", "a", "b", "b", "b", "c", "d", "d"]
    truth = ["x", "x", "y", "y", "y", "x", "y", "y"]
    named = ["y", "x", "x", "z", "x", "y", "y", "y"]
    assert costliest(groups, truth, named) == (
        Costly(group="b", truth="y", called="x", cells=3, wrong=3),
        Costly(group="a", truth="x", called="y", cells=2, wrong=1),
    )


def test_of_a_slide_of_many_classes_that_of_the_errors_is_told() -> None:
    truth = ["x", "x", "x", "y", "y"]
    named = ["x", "x", "z", "x", "z"]
    (found,) = costliest(["slide"] * 5, truth, named)
    assert (found.cells, found.wrong) == (5, 3)
    assert (found.truth, found.called) in (("y", "x"), ("y", "z"))


def test_no_more_are_told_than_anybody_reads() -> None:
    groups = [str(number // 2) for number in range(40)]
    assert len(costliest(groups, ["x"] * 40, ["y"] * 40)) == SHOWN
    assert costliest(groups, ["x"] * 40, ["x"] * 40) == ()
