from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from train.evaluation.ranking import MOST_POINTS, auc, roc, selective


def test_weighted_areas_are_scikit_learns_ties_included() -> None:
    rng = np.random.default_rng(0)
    positive = rng.random(80) < 0.3
    scores = np.round(rng.random(80) + 0.3 * positive, 1)
    weights = rng.integers(0, 4, size=(5, 80)).astype(float)
    expected = [roc_auc_score(positive, scores, sample_weight=w) for w in weights]
    np.testing.assert_allclose(auc(scores, positive, weights), expected)


def test_there_is_no_area_without_weight_on_both_sides() -> None:
    scores, positive = np.array([0.1, 0.9]), np.array([False, True])
    assert np.isnan(auc(scores, positive, np.array([[1.0, 0.0], [0.0, 1.0]]))).all()
    assert roc(scores, np.array([True, True])) is None
    assert roc(scores, np.array([False, False])) is None


def test_a_curve_runs_from_corner_to_corner_and_is_stored_thin() -> None:
    rng = np.random.default_rng(1)
    positive = rng.random(5000) < 0.5
    curve = roc(rng.normal(size=5000) + positive, positive)
    assert curve is not None
    assert (curve.false_positive_rate[0], curve.true_positive_rate[0]) == (0, 0)
    assert (curve.false_positive_rate[-1], curve.true_positive_rate[-1]) == (1, 1)
    assert len(curve.false_positive_rate) <= MOST_POINTS
    assert curve.auc == pytest.approx(0.76, abs=0.02)


def test_risk_falls_with_coverage_where_confidence_is_good() -> None:
    right = np.array([True, False, True, True])
    found = selective(np.array([0.9, 0.5, 0.8, 0.5]), right, np.zeros(4, dtype=bool))
    # The two cells of one confidence are answered together.
    assert found.coverage == (0.25, 0.5, 1.0)
    assert found.risk == (0.0, 0.0, 0.25)
    assert found.threshold == (0.9, 0.8, 0.5)
    assert found.area == pytest.approx(0.125)


def test_a_refused_cell_is_answered_at_no_coverage() -> None:
    confidence = np.array([0.9, 0.5, 0.8, 0.5])
    right = np.array([False, False, True, True])
    found = selective(confidence, right, np.array([True, False, False, False]))
    assert found.coverage == (0.25, 0.75)
    assert found.risk == (0.0, pytest.approx(1 / 3))
    assert found.area == pytest.approx(2 / 9)
    nothing = selective(confidence, right, np.ones(4, dtype=bool))
    assert (nothing.coverage, nothing.area) == ((), None)
