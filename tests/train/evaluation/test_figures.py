from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from train.evaluation import ranking
from train.evaluation.figures import figures
from wbc_edge.measure.accuracy import measure
from wbc_edge.measure.intervals import Estimate

LABELS = ("basophil", "eosinophil", "monocyte")


def _answers(count: int, *, margin: float = 1.5) -> tuple[NDArray[np.float64], list[str]]:
    rng = np.random.default_rng(4)
    true = rng.choice(3, count, p=[0.2, 0.3, 0.5])
    powers = np.exp(rng.normal(size=(count, 3)) + margin * np.eye(3)[true])
    return powers / powers.sum(axis=1, keepdims=True), [LABELS[n] for n in true]


def _value(estimate: Estimate | None) -> float:
    assert estimate is not None
    assert estimate.low <= estimate.value <= estimate.high
    assert estimate.low < estimate.high
    return estimate.value


def test_every_figure_is_scikit_learns() -> None:
    scores, truth = _answers(200)
    found = figures(scores, truth, LABELS)
    named = [LABELS[n] for n in scores.argmax(1)]
    expected = precision_recall_fscore_support(truth, named, labels=LABELS)
    for number, each in enumerate(found.classes):
        assert each.support == expected[3][number]
        for row, estimate in enumerate((each.precision, each.recall, each.f1)):
            assert _value(estimate) == pytest.approx(expected[row][number])
    for name, means in (("macro", found.macro), ("weighted", found.weighted)):
        three = precision_recall_fscore_support(truth, named, labels=LABELS, average=name)[:3]
        for value, estimate in zip(three, (means.precision, means.recall, means.f1), strict=True):
            assert _value(estimate) == pytest.approx(value)
        area = roc_auc_score(truth, scores, multi_class="ovr", average=name, labels=LABELS)
        assert _value(means.auc) == pytest.approx(area)


def test_headlines_are_those_of_the_bench() -> None:
    scores, truth = _answers(120)
    groups = [str(n // 2) for n in range(120)]
    found = figures(scores, truth, LABELS, threshold=0.6, groups=groups)
    same = measure(scores, truth, LABELS, threshold=0.6, groups=groups)
    assert (found.accuracy, found.confusion) == (same.top1, same.confusion)
    assert found.independent == same.independent == 60
    assert _value(found.macro.recall) == pytest.approx(same.balanced.value)
    assert _value(found.macro.f1) == pytest.approx(same.macro_f1.value)
    assert _value(found.calibration_error) == same.calibration.error
    assert _value(found.coverage) == pytest.approx(same.abstention.coverage.value)
    assert same.abstention.risk is not None
    assert _value(found.risk) == pytest.approx(same.abstention.risk.value)


def test_copies_of_cells_widen_every_interval() -> None:
    scores, truth = _answers(80)
    copies = np.repeat(scores, 6, axis=0), list(np.repeat(truth, 6))
    known = figures(*copies, LABELS, groups=[str(n // 6) for n in range(480)])
    fooled = figures(*copies, LABELS)
    for pick in ("f1", "auc"):
        wide, narrow = getattr(known.macro, pick), getattr(fooled.macro, pick)
        assert wide.value == pytest.approx(narrow.value)
        assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)


def test_cells_of_one_class_alone_have_a_recall_and_no_area() -> None:
    scores, _ = _answers(20)
    found = figures(scores, ["monocyte"] * 20, LABELS)
    basophil, _, monocyte = found.classes
    assert (basophil.recall, basophil.f1, basophil.auc) == (None, None, None)
    assert monocyte.recall is not None
    assert monocyte.auc is None
    assert found.macro.auc is None
    assert found.roc == {}
    assert _value(found.macro.recall) == pytest.approx(monocyte.recall.value)


def test_resamples_without_a_class_say_nothing_of_it() -> None:
    # All monocytes lie on one of three slides, and one basophil is called so.
    truth = ["basophil"] * 10 + ["monocyte"] * 10
    scores = np.eye(3)[[2] + [0] * 9 + [2] * 10]
    groups = ["a"] * 5 + ["b"] * 5 + ["c"] * 10
    *_, monocyte = figures(scores, truth, LABELS, groups=groups).classes
    assert monocyte.auc is not None
    # Of one slide little is known; 0 would be that of the resamples without it.
    assert 0.2 < monocyte.auc.low < 0.5
    # One slide is one cell, as far as it can be told.
    assert monocyte.recall is not None
    assert monocyte.recall.low < 0.5


def test_a_perfect_subject_is_not_called_certain() -> None:
    found = figures(np.eye(3)[[0, 1, 2] * 8], list(LABELS) * 8, LABELS, threshold=0.5)
    assert _value(found.accuracy) == _value(found.macro.f1) == _value(found.macro.auc) == 1
    assert _value(found.risk) == 0
    assert found.mistakes == ()


def test_a_threshold_that_nothing_reaches_leaves_no_risk() -> None:
    scores, truth = _answers(20)
    found = figures(scores, truth, LABELS, threshold=1.0)
    assert found.risk is None
    assert _value(found.coverage) == 0


def test_what_is_taken_for_no_cell_is_not_answered() -> None:
    scores, truth = _answers(40)
    refused = np.arange(40) < 10
    found = figures(scores, truth, LABELS, refused=refused)
    assert _value(found.refused) == 0.25
    assert _value(found.coverage) == 0.75
    wrong = np.array([LABELS[n] != t for n, t in zip(scores.argmax(1), truth, strict=True)])
    assert _value(found.risk) == pytest.approx(wrong[10:].mean())
    # Accuracy is of all cells: what abstaining buys is said apart.
    assert found.accuracy.value == pytest.approx(1 - wrong.mean())


def test_the_surest_mistake_comes_first() -> None:
    scores, truth = _answers(60)
    found = figures(scores, truth, LABELS).mistakes
    assert len(found) == sum(LABELS[n] != t for n, t in zip(scores.argmax(1), truth, strict=True))
    assert [m.confidence for m in found] == sorted((m.confidence for m in found), reverse=True)
    for mistake in found:
        assert mistake.truth == truth[mistake.index]
        assert mistake.confidence == scores[mistake.index].max()


@pytest.mark.parametrize(
    ("truth", "sentence"), [([], "no image"), (["monocyte", "blast"], "does not have: blast")]
)
def test_what_cannot_be_judged_is_refused(truth: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        figures(np.full((len(truth), 3), 1 / 3), truth, LABELS)


def test_the_area_of_few_cells_has_an_honest_interval() -> None:
    # All in order: Newcombe's interval for 5 and 20, checked against his formula by hand.
    whole = ranking.area_interval(1.0, 5, 20)
    assert (whole.value, whole.high) == (1.0, 1.0)
    mean, low = 25 / 2 - 1, whole.low
    spread = low * (1 - low) * (1 + mean * ((1 - low) / (2 - low) + low / (1 + low))) / 100
    assert 1 - low == pytest.approx(1.96 * spread**0.5, abs=1e-4)
    assert 0.75 < low < 0.9
    mirrored = ranking.area_interval(0.0, 5, 20)
    assert (mirrored.low, mirrored.high) == pytest.approx((0.0, 1 - low))


def test_areas_of_few_cells_are_covered() -> None:
    rng, covered, apart = np.random.default_rng(3), 0, 3.0
    true = NormalDist().cdf(apart / 2**0.5)
    for seed in range(120):
        scores = np.concatenate([rng.normal(apart, 1, 10), rng.normal(0, 1, 60)])
        chances = np.column_stack([1 / (1 + np.exp(-scores)), 1 / (1 + np.exp(scores))])
        found = figures(chances, ["a"] * 10 + ["b"] * 60, ["a", "b"], seed=seed)
        (area, *_) = (one.auc for one in found.classes)
        assert area is not None
        covered += area.low <= true <= area.high
    assert covered >= 110


@pytest.mark.parametrize(("cells", "off"), [(100, 0.0), (1500, 0.0), (1500, 0.1)])
def test_a_calibration_error_that_chance_may_have_made_reaches_down_to_none(
    cells: int, off: float
) -> None:
    rng = np.random.default_rng(4)
    confidence = rng.beta(12, 1, cells) / 2 + 0.5
    right = rng.random(cells) < confidence - off
    chances = np.column_stack([confidence, 1 - confidence])
    found = figures(chances, ["a" if one else "b" for one in right], ["a", "b"])
    assert found.calibration_error is not None
    assert (found.calibration_error.low == 0) == (off == 0)
    assert 0 < found.calibration_chance < 0.1
    if not off:
        assert found.calibration_error.value == pytest.approx(found.calibration_chance, rel=0.8)
