from __future__ import annotations

import numpy as np
import pytest

from export.confidence import SCALES, outlier, second_look, temperature, threshold
from wbc_edge.logits import softmax


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(true: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 4, (20_000, 5)).astype(np.float32)
    targets = (rng.random((20_000, 1)) > softmax(logits, true).cumsum(1)).sum(1).clip(0, 4)
    assert temperature(logits, targets) == pytest.approx(true, rel=0.04)


def test_cells_that_are_all_right_leave_as_much_doubt_as_they_are_few() -> None:
    rng = np.random.default_rng(0)
    for count in (12, 400):
        logits = rng.normal(0, 1, (count, 3)).astype(np.float32)
        logits[:, 0] += 8
        targets = np.zeros(count, np.int64)
        doubt = 1 - softmax(logits, temperature(logits, targets)).max(1).mean()
        assert doubt == pytest.approx(1 / (count + 2), rel=0.01)


def _scores(confidences: list[float], right: list[bool]) -> tuple[np.ndarray, np.ndarray]:
    scores = np.array([[c, 1 - c] for c in confidences])
    return scores, np.where(right, 0, 1)


def test_the_threshold_keeps_the_risk_and_answers_as_much_as_it_can() -> None:
    scores, targets = _scores([0.99, 0.95, 0.9, 0.8, 0.7], [True, True, True, False, True])
    # Answering four makes a risk of 1/4, answering all five one of 1/5.
    assert threshold(scores, targets, risk=0.1) == pytest.approx(0.85)
    assert threshold(scores, targets, risk=0.2) == 0.0


def test_cells_of_one_confidence_are_answered_together_or_not_at_all() -> None:
    confidences = [0.99, 0.95, 0.95, 0.95, 0.8]
    scores, targets = _scores(confidences, [True, True, False, False, True])
    limit = threshold(scores, targets, risk=0.1)
    assert 0.95 < limit < 0.99
    scores, targets = _scores(confidences, [True, False, True, True, True])
    assert threshold(scores, targets, risk=0.25) == 0.0


def test_a_network_without_errors_answers_everything() -> None:
    assert threshold(*_scores([0.9, 0.6] * 200, [True] * 400)) == 0.0


def test_few_cells_without_errors_answer_nothing_less_sure_than_they_are() -> None:
    limit = threshold(*_scores([0.9, 0.8, 0.6], [True] * 3))
    assert 0.59 < limit < 0.6


def test_a_network_that_errs_where_it_is_surest_answers_nothing() -> None:
    assert threshold(*_scores([0.99, 0.6], [False, True])) == 1.0


def test_second_looks_cost_no_more_than_allowed() -> None:
    scores, _ = _scores(np.linspace(0.5, 1, 1000).tolist(), [True] * 1000)
    look = second_look(scores, turns=8, cost=0.4)
    assert look is not None
    assert look.turns == 8
    assert (scores.max(1) < look.below).sum() == 57  # 57 x 7 runs are at most 400, 58 x 7 are not
    assert look.scales == SCALES
    fewer = second_look(scores, turns=4, scales=(1.0,), cost=0.4)
    assert fewer is not None
    assert (scores.max(1) < fewer.below).sum() == 133
    assert fewer.scales == (1.0,)


def test_where_nothing_is_taken_for_a_cell_nothing_is_looked_at_again() -> None:
    assert second_look(np.zeros((0, 3))) is None


def test_cells_of_one_confidence_get_a_second_look_together_or_not_at_all() -> None:
    scores, _ = _scores([0.5, 0.6, 0.6, 0.6, 0.9], [True] * 5)
    look = second_look(scores, turns=2, cost=0.6)
    assert look is not None
    assert look.below == pytest.approx(0.55)


@pytest.mark.parametrize(("turns", "cost"), [(1, 9.0), (8, 0.0), (8, 0.6)])
def test_what_cannot_be_afforded_is_not_looked_at(turns: int, cost: float) -> None:
    scores, _ = _scores([0.5, 0.6, 0.7, 0.8, 0.9], [True] * 5)
    assert second_look(scores, turns=turns, cost=cost) is None


def test_what_is_no_cell_is_parted_from_cells_in_the_middle_of_the_gap() -> None:
    cells = [np.linspace(6, 9, 40), np.linspace(5, 8, 10)]
    assert outlier(cells, np.linspace(-2, 1, 30)) == pytest.approx(3)


def test_no_source_loses_more_cells_than_allowed() -> None:
    rng = np.random.default_rng(0)
    cells = [rng.normal(6, 1, 4000), rng.normal(4, 1, 300)]
    limit = outlier(cells, rng.normal(3.5, 1, 1000))
    shares = [(source < limit).mean() for source in cells]
    assert 0.015 < max(shares) <= 0.02


def test_of_few_cells_one_may_be_lost_where_that_is_worth_it() -> None:
    cells = [np.linspace(5, 8, 500), np.concatenate([[0.0], np.linspace(5, 8, 29)])]
    assert 2 < outlier(cells, np.linspace(1, 2, 50)) < 5
    cells[1][1] = 0.1
    assert outlier(cells, np.linspace(1, 2, 50)) < 0.1


def test_negatives_that_are_further_from_cells_leave_the_allowance_unused() -> None:
    rng = np.random.default_rng(0)
    cells = rng.normal(8, 1, 2000)
    limit = outlier([cells], rng.normal(0, 1, 500))
    assert (cells < limit).mean() < 0.001
    assert 2.5 < limit < 5.5


def test_negatives_like_cells_refuse_nothing_that_is_not_worth_it() -> None:
    assert outlier([np.array([1.0, 2.0])], np.array([3.0, 4.0])) < 1
