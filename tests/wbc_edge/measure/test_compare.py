from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from wbc_edge.measure import compare
from wbc_edge.measure.intervals import quantile

LABELS = ("lymphocyte", "neutrophil")


def answers(named: list[int], confidence: float = 0.8) -> NDArray[np.float64]:
    rows = np.full((len(named), 2), 1 - confidence)
    rows[np.arange(len(named)), named] = confidence
    return rows


def judged(gained: NDArray[np.bool_], lost: NDArray[np.bool_], *, seed: int = 0) -> compare.Verdict:
    count = len(lost)
    return compare.judge(
        compare.paired_difference(gained, lost, np.arange(count), seed=seed),
        gained=int(gained.sum()),
        lost=int(lost.sum()),
        count=count,
        max_drop=0.5,
    )


def planted(drop: float, count: int, *, seed: int) -> compare.Verdict:
    """A verdict on a model that loses `drop` points, beside 0.3 % that change to either side."""
    chance = np.random.default_rng(seed).random(count)
    lost, gained = chance < 0.003 + drop / 100, chance > 1 - 0.003
    return judged(gained, lost, seed=seed)


def outcomes(drop: float, count: int, runs: int = 60) -> Counter[str]:
    return Counter(planted(drop, count, seed=seed).outcome for seed in range(runs))


@pytest.mark.parametrize(
    ("lost", "gained", "expected"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 5, 1.0),
        (7, 1, 2 * (1 + 8) / 2**8),
        (12, 2, 2 * (1 + 14 + 91) / 2**14),
        (2, 12, 2 * (1 + 14 + 91) / 2**14),
        (10, 0, 2 / 2**10),
    ],
)
def test_mcnemar_matches_hand_computed_values(lost: int, gained: int, expected: float) -> None:
    assert compare.mcnemar(lost, gained) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("lost", "gained"), [(0, 0), (3, 10), (7, 7), (40, 61)])
def test_sign_flips_of_single_images_are_mcnemars_test(lost: int, gained: int) -> None:
    nets = np.array([1] * lost + [0] * 9 + [-1] * gained)
    assert compare.sign_flip(nets) == pytest.approx(compare.mcnemar(lost, gained), rel=1e-12)


def test_copies_of_a_cell_are_no_evidence_of_their_own() -> None:
    # Of eight ways to sign them two add up to 6 or -6.
    assert compare.sign_flip(np.array([3, 2, 1])) == pytest.approx(2 / 8)
    named = np.repeat(np.arange(60) < 2, 10)  # two cells of 60, ten copies of each, lost
    right, wrong = np.array([0.9, 0.1]), np.array([0.2, 0.8])
    result = compare.compare(
        np.where(named[:, None], wrong, right),
        np.tile(right, (600, 1)),
        ["a"] * 600,
        ["a", "b"],
        groups=np.repeat(np.arange(60), 10).astype(str).tolist(),
    )
    assert result.lost == 20
    assert result.p_value == pytest.approx(0.5)
    assert result.difference.low < 0 < result.difference.high
    assert "60 groups" in result.test


def test_mcnemar_stays_exact_for_thousands_of_pairs() -> None:
    # The normal approximation with continuity correction: z = 99 / sqrt(10100).
    assert compare.mcnemar(5000, 5100) == pytest.approx(0.32459, abs=1e-4)
    assert compare.mcnemar(4000, 0) == 0.0


def test_a_comparison_matches_a_hand_example() -> None:
    true = [LABELS[number] for number in (0, 0, 0, 1, 1, 1)]
    reference = answers([0, 0, 1, 1, 1, 0])
    candidate = answers([0, 1, 0, 1, 1, 0], confidence=0.7)
    paths = [f"{number}.png" for number in range(6)]
    result = compare.compare(candidate, reference, true, LABELS, paths=paths)
    assert (result.reference_right, result.candidate_right) == (4, 4)
    assert (result.lost, result.gained, result.p_value) == (1, 1, 1.0)
    assert result.agreement.value == pytest.approx(4 / 6)
    assert result.largest_probability_difference == pytest.approx(0.5)
    assert result.largest_difference_at == "1.png"
    assert [(flip.path, flip.effect) for flip in result.flips] == [
        ("1.png", "lost"),
        ("2.png", "gained"),
    ]
    lymphocyte, neutrophil = result.recall
    assert (lymphocyte.support, lymphocyte.lost, lymphocyte.gained) == (3, 1, 1)
    assert neutrophil.change is not None
    assert neutrophil.change.value == 0


def test_a_flip_between_two_wrong_answers_costs_nothing() -> None:
    labels = ("a", "b", "c")
    result = compare.compare([[0, 1, 0]], [[0, 0, 1]], ["a"], labels)
    assert [flip.effect for flip in result.flips] == ["still wrong"]
    assert (result.lost, result.gained) == (0, 0)


def test_a_model_beside_itself_on_few_images_is_undecided() -> None:
    rows = answers([0, 1] * 160)
    result = compare.compare(rows, rows, list(LABELS) * 160, LABELS)
    assert result.verdict.outcome == "undecided"
    assert result.difference.value == 0
    assert result.difference.low < -0.01
    # Without a discordant pair the drop is below z^2 / (n + z^2).
    z2 = quantile(0.95) ** 2
    assert result.verdict.images_needed == pytest.approx(z2 / 0.005 - z2, abs=1)
    assert "765 images would decide, if all are answered alike" in result.verdict.sentence()


def test_a_model_beside_itself_on_enough_images_is_kept() -> None:
    rows = answers([0, 1] * 400)
    result = compare.compare(rows, rows, list(LABELS) * 400, LABELS)
    assert result.verdict.outcome == "kept"
    assert result.verdict.images_needed is None
    assert 0 < result.verdict.worst < 0.5


def test_a_planted_drop_of_0_2_points_is_kept_where_images_suffice() -> None:
    # Standard error of the drop: sqrt(0.8 % / 20,000) = 0.063 points; 0.3 points are 4.7 of them.
    assert outcomes(0.2, 20_000)["kept"] >= 58
    few = outcomes(0.2, 1_500)
    assert few["undecided"] > few["kept"]
    assert few["lost"] <= 2


def test_a_planted_drop_at_the_limit_is_rarely_called_kept_or_lost() -> None:
    # Each error has a chance of 2.5 %.
    verdicts = outcomes(0.5, 20_000, runs=120)
    assert verdicts["kept"] <= 8
    assert verdicts["lost"] <= 8


def test_a_planted_drop_of_1_point_is_never_kept_and_lost_where_images_suffice() -> None:
    assert outcomes(1, 1_500)["kept"] == 0
    assert outcomes(1, 20_000)["lost"] >= 58


def test_a_planted_drop_of_3_points_is_lost() -> None:
    assert outcomes(3, 1_500)["lost"] >= 58


@pytest.mark.parametrize(("drop", "count"), [(0.0, 400), (0.2, 1_500), (1.0, 1_500), (3.0, 400)])
def test_the_interval_covers_the_planted_drop(drop: float, count: int) -> None:
    verdicts = [planted(drop, count, seed=seed) for seed in range(200)]
    covered = sum(verdict.best <= drop <= verdict.worst for verdict in verdicts)
    assert covered >= 182


def test_as_many_images_as_said_would_decide() -> None:
    lost, gained, count = 9, 5, 1_536

    def after(repeats: int) -> compare.Verdict:
        kinds = np.tile(np.repeat([1, 2, 0], [lost, gained, count - lost - gained]), repeats)
        return judged(kinds == 2, kinds == 1)

    verdict = after(1)
    assert verdict.outcome == "undecided"
    assert verdict.images_needed is not None
    # By as many as these, just so, half of that would do; theirs are others.
    repeats = -(-verdict.images_needed // count)
    assert repeats > 1
    assert after(repeats // 2 + 1).outcome == "kept"
    rng, rates = (
        np.random.default_rng(8),
        [1 - (lost + gained) / count, lost / count, gained / count],
    )
    kinds = (rng.choice(3, verdict.images_needed, p=rates) for _ in range(60))
    decided = sum(judged(kind == 2, kind == 1).outcome != "undecided" for kind in kinds)
    assert 40 <= decided <= 57


def test_more_images_are_needed_than_there_were() -> None:
    # Undecided by the bootstrap alone, which lies further out here than the score does.
    assert compare.images_needed(7, 18, 237, best=0.4, worst=8.9, max_drop=0.5) > 237


def test_a_drop_on_the_limit_can_never_be_decided() -> None:
    lost = np.arange(2_000) < 10
    verdict = judged(np.zeros(2_000, dtype=bool), lost)
    assert verdict.outcome == "undecided"
    assert verdict.images_needed is None


def test_a_limit_below_a_loss_of_all_images_has_a_verdict() -> None:
    every = np.ones(3, dtype=bool)
    difference = compare.paired_difference(~every, every, np.arange(3))
    verdict = compare.judge(difference, gained=0, lost=3, count=3, max_drop=99)
    assert verdict.outcome == "undecided"
    assert verdict.images_needed is not None
    assert verdict.images_needed > 3


def test_copies_of_one_cell_do_not_narrow_the_interval() -> None:
    rng = np.random.default_rng(5)
    cells = rng.random(200) < 0.1
    copies = np.repeat(np.arange(200), 20)
    lost, none = cells[copies], np.zeros(4_000, dtype=bool)
    grouped = compare.paired_difference(none, lost, copies)
    alone = compare.paired_difference(none[:200], cells, np.arange(200))
    naive = compare.paired_difference(none, lost, np.arange(4_000))
    width = grouped.high - grouped.low
    assert width == pytest.approx(alone.high - alone.low, rel=0.1)
    assert width > 3 * (naive.high - naive.low)


def test_copies_of_unchanged_cells_prove_no_more_than_the_cells() -> None:
    none = np.zeros(2_485, dtype=bool)
    estimate = compare.paired_difference(none, none, np.repeat(np.arange(71), 35))
    z2 = quantile(0.95) ** 2
    assert estimate.low == pytest.approx(-z2 / (71 + z2))


@pytest.mark.parametrize(
    ("best", "worst", "outcome"),
    [
        (-0.1, 0.5, "kept"),
        (0.4, 0.6, "undecided"),
        (0.5, 0.6, "undecided"),
        (0.51, 0.6, "lost"),
    ],
)
def test_the_three_outcomes(best: float, worst: float, outcome: str) -> None:
    assert compare.decide(best, worst, limit=0.5) == outcome


def test_agreement_and_recall_widen_where_images_are_of_two_groups() -> None:
    rng = np.random.default_rng(6)
    reference = np.arange(500) % 2
    candidate = np.where(rng.random(500) < 0.05, 1 - reference, reference)
    rows = answers(candidate.tolist()), answers(reference.tolist())
    true = [LABELS[number] for number in reference]
    alone = compare.compare(*rows, true, LABELS)
    own = compare.compare(*rows, true, LABELS, groups=[str(number) for number in range(500)])
    halves = compare.compare(*rows, true, LABELS, groups=["a"] * 250 + ["b"] * 250)
    assert (own.agreement, own.recall, own.difference) == (
        alone.agreement,
        alone.recall,
        alone.difference,
    )
    pairs = [(halves.agreement, alone.agreement)]
    for one, other in zip(halves.recall, alone.recall, strict=True):
        assert (one.lost, one.gained) == (other.lost, other.gained)
        assert one.change is not None
        assert other.change is not None
        pairs.append((one.change, other.change))
    for wide, narrow in pairs:
        assert wide.value == narrow.value
        assert wide.high - wide.low > 5 * (narrow.high - narrow.low)


def test_a_loss_of_every_image_proves_no_more_than_its_groups() -> None:
    every = np.ones(1_200, dtype=bool)
    grouped = compare.paired_difference(~every, every, np.repeat(np.arange(12), 100))
    alone = compare.paired_difference(~every[:12], every[:12], np.arange(12))
    assert (grouped.low, grouped.high) == pytest.approx((alone.low, alone.high))
