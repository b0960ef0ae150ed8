from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wbc_edge.measure import accuracy
from wbc_edge.measure.intervals import Estimate, wilson

LABELS = ("basophil", "eosinophil", "monocyte")


def answers(named: list[int], confidence: float = 0.8, classes: int = 3) -> NDArray[np.float64]:
    """Rows whose largest probability, `confidence`, lies at the named class."""
    rows = np.full((len(named), classes), (1 - confidence) / (classes - 1))
    rows[np.arange(len(named)), named] = confidence
    return rows


def truth(numbers: list[int]) -> list[str]:
    return [LABELS[number] for number in numbers]


def test_headlines_match_a_hand_example() -> None:
    # basophil: 3 of 4 right; eosinophil: 1 of 2 right; monocyte: 2 of 2 right.
    true = truth([0, 0, 0, 0, 1, 1, 2, 2])
    result = accuracy.measure(answers([0, 0, 0, 1, 1, 2, 2, 2]), true, LABELS)
    assert result.confusion == ((3, 1, 0), (0, 1, 1), (0, 0, 2))
    assert result.top1.value == pytest.approx(6 / 8)
    assert result.balanced.value == pytest.approx((3 / 4 + 1 / 2 + 1) / 3)
    assert result.macro_f1.value == pytest.approx((6 / 7 + 2 / 4 + 4 / 5) / 3)
    recall = [score.recall.value for score in result.classes if score.recall]
    precision = [score.precision.value for score in result.classes if score.precision]
    assert recall == pytest.approx([3 / 4, 1 / 2, 1])
    assert precision == pytest.approx([1, 1 / 2, 2 / 3])
    assert [score.support for score in result.classes] == [4, 2, 2]


def test_answers_are_counted_in_integers_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    # numpy 1 counts no others where they have 32 bits.
    count = np.bincount

    def strict(numbers: NDArray[np.int_], minlength: int) -> NDArray[np.intp]:
        assert numbers.dtype == np.int32
        return count(numbers, minlength=minlength)

    monkeypatch.setattr(np, "intp", np.int32)
    monkeypatch.setattr(np, "bincount", strict)
    true, predicted = np.array([0, 0, 1, 2]), np.array([0, 2, 1, 2])
    assert accuracy.confusion_matrix(true, predicted, 3).tolist() == [
        [1, 0, 1],
        [0, 1, 0],
        [0, 0, 1],
    ]


def test_intervals_contain_their_values() -> None:
    rng = np.random.default_rng(3)
    true = rng.integers(0, 3, 200)
    named = np.where(rng.random(200) < 0.9, true, (true + 1) % 3)
    result = accuracy.measure(answers(named.tolist()), truth(true.tolist()), LABELS)
    for estimate in (result.top1, result.balanced, result.macro_f1):
        assert 0.8 < estimate.low < estimate.value < estimate.high < 0.99


def test_balanced_accuracy_interval_covers_the_truth() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(100):
        true = rng.choice(3, size=150, p=[0.6, 0.3, 0.1])
        right = rng.random(150) < np.array([0.95, 0.9, 0.7])[true]
        named = np.where(right, true, (true + 1) % 3)
        result = accuracy.measure(
            answers(named.tolist()), truth(true.tolist()), LABELS, seed=seed
        ).balanced
        covered += result.low <= 0.85 <= result.high
    assert covered >= 88


def test_a_class_without_images_is_left_out_of_the_averages() -> None:
    result = accuracy.measure(answers([0, 0, 1]), truth([0, 0, 1]), LABELS)
    assert result.balanced.value == result.macro_f1.value == 1
    monocyte = result.classes[2]
    assert (monocyte.support, monocyte.recall, monocyte.precision, monocyte.f1) == (
        0,
        None,
        None,
        None,
    )


def test_no_error_among_few_images_is_not_certainty() -> None:
    result = accuracy.measure(answers([0, 1, 2] * 4), truth([0, 1, 2] * 4), LABELS)
    for estimate in (result.top1, result.balanced, result.macro_f1):
        assert estimate.value == 1.0
        assert 0.6 < estimate.low < 0.85


def test_copies_of_one_cell_do_not_narrow_the_interval() -> None:
    named, true = [0, 1, 2, 1, 0, 2, 1, 0, 2, 1], [0, 1, 2, 1, 0, 2, 1, 0, 1, 2]
    alone = accuracy.measure(answers(named), truth(true), LABELS)
    copied = accuracy.measure(
        answers(named * 50),
        truth(true * 50),
        LABELS,
        groups=[str(number) for number in range(10)] * 50,
    )
    naive = accuracy.measure(answers(named * 50), truth(true * 50), LABELS)
    assert copied.independent == alone.independent == 10
    width = copied.top1.high - copied.top1.low
    assert width == pytest.approx(alone.top1.high - alone.top1.low, rel=0.3)
    assert width > 4 * (naive.top1.high - naive.top1.low)


def test_calibration_error_matches_a_hand_example() -> None:
    # Bin (0.867, 0.933]: confidence 0.9, 1 of 2 right: gap 0.4 of 2 images.
    # Bin (0.6, 0.667]: confidence 0.65, 3 of 4 right: gap 0.1 of 4 images.
    rows = np.array([[0.9, 0.1]] * 2 + [[0.65, 0.35]] * 4)
    result = accuracy.calibration(rows, np.array([0, 1, 0, 0, 0, 1]))
    assert result.error == pytest.approx((2 * 0.4 + 4 * 0.1) / 6)
    assert [part.count for part in result.bins] == [4, 2]


def test_confidence_on_an_edge_belongs_to_the_bin_below() -> None:
    result = accuracy.calibration(np.array([[1.0, 0.0], [0.6, 0.4]]), np.array([0, 0]), bins=5)
    assert [(part.low, part.high) for part in result.bins] == [
        pytest.approx((0.4, 0.6)),
        pytest.approx((0.8, 1.0)),
    ]


def test_abstention_trades_coverage_for_risk() -> None:
    rows = np.vstack([answers([0, 1, 2], 0.95), answers([0, 1], 0.5)])
    result = accuracy.measure(rows, truth([0, 1, 2, 1, 1]), LABELS, threshold=0.9).abstention
    assert result.answered == 3
    assert result.coverage.value == pytest.approx(3 / 5)
    assert result.risk is not None
    assert result.risk.value == 0


def test_what_is_taken_for_no_cell_is_not_answered_however_sure() -> None:
    rows = np.vstack([answers([0, 1, 2], 0.95), answers([0, 1], 0.5)])
    refused = np.array([True, False, False, True, False])
    result = accuracy.measure(rows, truth([1, 1, 2, 1, 1]), LABELS, refused=refused)
    assert result.abstention.answered == 3
    assert result.abstention.risk is not None
    assert result.abstention.risk.value == 0
    assert result.top1.value == pytest.approx(3 / 5)  # of all, as without refusals
    strict = accuracy.measure(
        rows, truth([1, 1, 2, 1, 1]), LABELS, threshold=0.9, refused=refused
    ).abstention
    assert strict.answered == 2


def test_a_model_that_always_abstains_has_no_risk() -> None:
    result = accuracy.measure(answers([0, 1]), truth([0, 1]), LABELS, threshold=1.0)
    assert result.abstention.answered == 0
    assert result.abstention.risk is None


@pytest.mark.parametrize(
    ("rows", "true", "message"),
    [
        (np.zeros((0, 3)), [], "no image"),
        (np.ones((2, 2)) / 2, ["basophil"] * 2, r"\(2, 2\), expected \(2, 3\)"),
        (np.full((1, 3), np.nan), ["basophil"], "finite"),
        (np.ones((1, 3)) / 3, ["blast"], "blast"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    rows: NDArray[np.float64], true: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        accuracy.measure(rows, true, LABELS)


def spread(estimate: Estimate | None) -> float:
    assert estimate is not None
    return estimate.high - estimate.low


def test_every_interval_widens_where_images_are_of_two_groups() -> None:
    rng = np.random.default_rng(4)
    true = rng.integers(0, 2, 500)
    named = np.where(rng.random(500) < 0.9, true, 1 - true)
    rows = np.where(
        rng.random((500, 1)) < 0.7, answers(named.tolist()), answers(named.tolist(), 0.6)
    )
    alone = accuracy.measure(rows, truth(true.tolist()), LABELS, threshold=0.7)
    halves = accuracy.measure(
        rows, truth(true.tolist()), LABELS, threshold=0.7, groups=["a", "b"] * 250
    )
    for name in ("top1", "balanced", "macro_f1"):
        wide, narrow = getattr(halves, name), getattr(alone, name)
        assert wide.value == narrow.value
        assert spread(wide) > 5 * spread(narrow)
    for one, other in zip(halves.classes[:2], alone.classes[:2], strict=True):
        for score in ("recall", "precision"):
            wide, narrow = getattr(one, score), getattr(other, score)
            assert wide.value == narrow.value
            assert spread(wide) > 5 * spread(narrow)
    wide, narrow = halves.abstention, alone.abstention
    assert spread(wide.coverage) > 5 * spread(narrow.coverage)
    assert spread(wide.risk) > 5 * spread(narrow.risk)


def test_intervals_are_unchanged_where_every_image_is_its_own_group() -> None:
    rng = np.random.default_rng(4)
    true = rng.integers(0, 3, 200)
    named = np.where(rng.random(200) < 0.9, true, (true + 1) % 3)
    rows, words = answers(named.tolist()), truth(true.tolist())
    named_groups = [str(number) for number in rng.permutation(200)]
    alone = accuracy.measure(rows, words, LABELS)
    result = accuracy.measure(rows, words, LABELS, groups=named_groups)
    assert (result.classes, result.abstention) == (alone.classes, alone.abstention)
    right = int(((true == 0) & (named == 0)).sum())
    assert alone.classes[0].recall == wilson(right, int((true == 0).sum()))


@pytest.mark.parametrize("slides", [3, 12])
def test_intervals_hold_the_truth_where_slides_differ(slides: int) -> None:
    rng = np.random.default_rng(slides)
    index = np.repeat(np.arange(slides), 60)
    true = np.tile(np.arange(60) % 2, slides)
    held = {"top1": 0, "balanced": 0}
    for _ in range(100):
        skill = rng.beta(18, 2, slides)  # 0.9 in the mean
        named = np.where(rng.random(len(true)) < skill[index], true, 1 - true)
        result = accuracy.measure(
            answers(named.tolist()), truth(true.tolist()), LABELS, groups=index.astype(str).tolist()
        )
        for name in held:
            held[name] += getattr(result, name).low <= 0.9 <= getattr(result, name).high
    assert min(held.values()) >= 90
