from __future__ import annotations

import numpy as np
import pytest

from export.gate import Limits, failures
from export.parity import Beside
from wbc_edge.errors import UsageError
from wbc_edge.measure.compare import Comparison, compare

LABELS = ("a", "b")


def _beside(count: int, lost: int, max_drop: float = 0.5) -> Beside:
    """A file that does not look again."""
    return Beside(first=_comparison(count, lost, max_drop), final=None)


def _comparison(count: int, lost: int, max_drop: float = 0.5) -> Comparison:
    truth = ["a"] * (count // 2) + ["b"] * (count - count // 2)
    right = np.array([[1.0, 0.0] if label == "a" else [0.0, 1.0] for label in truth])
    candidate = right.copy()
    candidate[:lost] = candidate[:lost, ::-1]
    return compare(candidate, right, truth, LABELS, max_drop=max_drop)


@pytest.mark.parametrize("limit", ["max_drop", "max_recall_drop", "min_agreement"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_limit_is_a_number(limit: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"--{limit.replace('_', '-')} has to be a number"):
        Limits(**{limit: value})


def test_no_loss_on_many_cells_passes() -> None:
    assert failures(_beside(2000, 0), Limits(), 0.97) == ()


def test_no_loss_on_few_cells_is_undecided_and_does_not_pass() -> None:
    (sentence,) = failures(_beside(200, 0), Limits(), 0.97)
    assert "undecided" in sentence
    assert "would decide" in sentence


def test_what_only_chooses_may_be_undecided_but_not_worse_than_the_limit() -> None:
    assert failures(_beside(200, 0), Limits(), 0.97, rehearsal=True) == ()
    assert failures(_beside(200, 3), Limits(), 0.97, rehearsal=True)


def test_what_is_answered_in_the_end_is_held_to_the_same() -> None:
    good, bad = _comparison(2000, 0), _comparison(2000, 15)
    assert failures(Beside(first=good, final=good), Limits(), 0.97) == ()
    (sentence,) = failures(Beside(first=good, final=bad), Limits(), 0.97)
    assert sentence.startswith("second looks included, max-drop 0.5: ")
    assert len(failures(Beside(first=bad, final=bad), Limits(), 0.97)) == 2


def test_a_class_that_loses_recall_is_named() -> None:
    limits = Limits(max_drop=5)
    assert failures(_beside(2000, 15, 5), limits, 0.97) == ()
    (sentence,) = failures(_beside(2000, 25, 5), limits, 0.97)
    assert sentence.startswith("max-recall-drop 2: a loses 2.50 points of recall")


def test_one_cell_is_no_loss_of_recall() -> None:
    assert failures(_beside(20, 1, 100), Limits(max_drop=100), 0) == ()


@pytest.mark.parametrize(("least", "passes"), [(None, False), (90, True)])
def test_the_formats_own_agreement_counts_unless_another_is_asked_for(
    least: float | None, passes: bool
) -> None:
    limits = Limits(max_drop=10, max_recall_drop=20, min_agreement=least)
    assert (failures(_beside(2000, 100, 10), limits, 0.97) == ()) is passes
