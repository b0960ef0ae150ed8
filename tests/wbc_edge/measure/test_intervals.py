from __future__ import annotations

import numpy as np
import pytest

from wbc_edge.measure import intervals


def test_wilson_matches_published_values() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263 and 15 of 148.
    first, second = intervals.wilson(81, 263), intervals.wilson(15, 148)
    assert (first.low, first.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert (second.low, second.high) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_wilson_holds_the_share_itself() -> None:
    for count in range(1, 2000):
        assert intervals.wilson(count, count).high == 1
        assert intervals.wilson(0, count).low == 0


def test_wilson_of_no_error_is_not_certainty() -> None:
    estimate = intervals.wilson(50, 50)
    assert estimate.value == estimate.high == 1.0
    assert estimate.low == pytest.approx(50 / (50 + intervals.quantile(0.95) ** 2))


def test_a_proportion_of_copies_has_the_width_of_what_they_were_made_from() -> None:
    hits = np.random.default_rng(2).random(300) < 0.8
    copies = intervals.proportion(np.repeat(hits, 7), np.repeat(np.arange(300), 7))
    alone = intervals.proportion(hits, np.arange(300))
    assert alone == intervals.wilson(int(hits.sum()), 300)
    assert copies.value == alone.value
    assert (copies.low, copies.high) == pytest.approx((alone.low, alone.high), abs=1e-3)


def test_students_quantiles_are_those_of_the_tables() -> None:
    tables = ((0.95, 3, 3.182), (0.95, 10, 2.228), (0.99, 30, 2.750), (0.999, 6, 5.959))
    for level, degrees, value in tables:
        assert intervals.student(level, degrees) == pytest.approx(value, rel=0.005)
    assert intervals.student(0.95, 1e9) == pytest.approx(intervals.quantile(0.95))


def test_few_groups_of_unequal_sizes_are_covered() -> None:
    # Thirty slides, the four largest of which hold half of the cells, each with a rate of its own.
    sizes = np.array([80, 70, 60, 50, *[20] * 6, *[12] * 8, *[6] * 12])
    index, rng, covered = np.repeat(np.arange(30), sizes), np.random.default_rng(6), 0
    for _ in range(500):
        hits = rng.random(len(index)) < rng.beta(0.8 * 9, 0.2 * 9, 30)[index]
        found = intervals.proportion(hits, index)
        covered += found.low <= 0.8 <= found.high
    assert covered >= 0.925 * 500


def test_groups_that_are_no_more_alike_than_chance_cost_little() -> None:
    rng = np.random.default_rng(3)
    hits, index = rng.random(4_000) < 0.8, rng.integers(0, 400, 4_000)
    found, alone = intervals.proportion(hits, index), intervals.wilson(int(hits.sum()), 4_000)
    assert found.high - found.low < 1.2 * (alone.high - alone.low)


@pytest.mark.parametrize("miss", [0, 3])
def test_where_too_few_groups_tell_a_group_counts_for_one(miss: int) -> None:
    hits, index = np.ones(250, dtype=bool), np.repeat(np.arange(50), 5)
    hits[: 5 * miss] = False
    found = intervals.proportion(hits, index)
    worst = intervals.wilson(50 - miss, 50)
    assert (found.value, found.low, found.high) == pytest.approx(
        (worst.value, worst.low, worst.high)
    )


@pytest.mark.parametrize(("successes", "count"), [(-1, 5), (6, 5), (0, 0)])
def test_wilson_refuses_what_is_no_proportion(successes: int, count: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        intervals.wilson(successes, count)


def test_paired_score_matches_published_values() -> None:
    # Fagerland, Lydersen and Laake, Statistics in Medicine 33 (2014): airway hyper-responsiveness,
    # 1 gained, 7 lost of 21 pairs; Tango's interval is (-0.517, -0.026).
    estimate = intervals.paired_score(1, 7, 21)
    assert estimate.value == pytest.approx(-6 / 21)
    assert (estimate.low, estimate.high) == pytest.approx((-0.517, -0.026), abs=1e-3)


def test_paired_score_without_discordant_pairs_keeps_its_width() -> None:
    z2 = intervals.quantile(0.95) ** 2
    estimate = intervals.paired_score(0, 0, 764)
    assert estimate.value == 0
    assert (estimate.low, estimate.high) == pytest.approx((-z2 / (764 + z2), z2 / (764 + z2)))


def test_paired_score_mirrors() -> None:
    up, down = intervals.paired_score(9, 2, 300), intervals.paired_score(2, 9, 300)
    assert (up.low, up.high) == pytest.approx((-down.high, -down.low))


def test_paired_score_refuses_more_pairs_than_there_are() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        intervals.paired_score(3, 3, 5)


def test_resampled_totals_have_the_spread_of_a_bootstrap() -> None:
    rows = np.array([[1]] * 300 + [[0]] * 700)
    totals = intervals.resampled_totals(rows, rounds=20_000)
    assert totals.shape == (20_000, 1)
    assert totals.mean() == pytest.approx(300, abs=1)
    assert totals.std() == pytest.approx(np.sqrt(1000 * 0.3 * 0.7), rel=0.03)


def test_resampled_totals_repeat_with_their_seed() -> None:
    rows = np.arange(40).reshape(20, 2)
    first, again = (intervals.resampled_totals(rows, seed=7) for _ in range(2))
    assert (first == again).all()
    assert (first != intervals.resampled_totals(rows, seed=8)).any()


def test_groups_are_summed_whatever_their_order() -> None:
    index = intervals.group_index(4, ["b", "a", "b", "a"])
    values = np.array([[1, 0], [2, 0], [4, 1], [8, 1]])
    assert intervals.sum_by_group(values, index).tolist() == [[10, 1], [5, 1]]


def test_groups_must_be_as_many_as_images() -> None:
    with pytest.raises(ValueError, match="2 groups for 3 images"):
        intervals.group_index(3, ["a", "b"])


@pytest.mark.parametrize(
    ("count", "level", "ends"),
    # By hand: P(Bin(15, 1/2) <= 2) = 0.0037, <= 3: 0.0176; P(Bin(10, 1/2) <= 1) = 0.0107.
    [
        (15, 0.99, (3, 13)),
        (15, 0.95, (4, 12)),
        (10, 0.95, (2, 9)),
        (5, 0.99, (1, 5)),
        (1, 0.9, (1, 1)),
    ],
)
def test_the_interval_of_a_median_ends_at_the_exact_order_statistics(
    count: int, level: float, ends: tuple[int, int]
) -> None:
    samples = np.random.default_rng(0).permutation(np.arange(1.0, count + 1))
    estimate = intervals.median(samples, level=level)
    assert (estimate.low, estimate.high) == ends
    assert estimate.value == (count + 1) / 2


def test_the_interval_of_a_median_covers_as_often_as_it_says() -> None:
    draws = np.random.default_rng(1).exponential(size=(2_000, 15))
    estimates = [intervals.median(row, level=0.99) for row in draws]
    assert sum(one.low <= np.log(2) <= one.high for one in estimates) >= 1_970


def test_a_shift_is_found_with_an_interval_that_holds_it() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        found = intervals.shift(rng.exponential(size=15) + 0.5, rng.exponential(size=12))
        held += found.low <= 0.5 <= found.high
    assert held >= 185


def test_few_samples_are_told_apart_only_where_they_do_not_overlap() -> None:
    found = intervals.shift(np.array([4.0, 5.0, 6.0]), np.array([1.0, 2.0, 3.0]), level=0.99)
    assert (found.low, found.value, found.high) == (1, 3, 5)


def test_a_ratio_and_its_reverse_have_the_same_interval() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = 3 * rng.lognormal(size=20), rng.lognormal(size=20)
    there, back = intervals.median_ratio(ours, theirs), intervals.median_ratio(theirs, ours)
    assert there.low < there.value < there.high
    assert (1 / back.high, 1 / back.value, 1 / back.low) == pytest.approx(
        (there.low, there.value, there.high)
    )


@pytest.mark.parametrize(("level", "fewest"), [(0.95, 6), (0.99, 8)])
def test_the_range_of_the_fewest_samples_holds_the_median_as_surely_as_asked(
    level: float, fewest: int
) -> None:
    assert intervals.fewest_for_median(level) == fewest
    assert 1 - 2 * 0.5**fewest >= level > 1 - 2 * 0.5 ** (fewest - 1)


def test_five_beside_five_can_be_told_apart_and_four_beside_four_cannot() -> None:
    assert intervals.can_tell_apart(5, 5, level=0.99)
    assert not intervals.can_tell_apart(4, 4, level=0.99)
    assert not intervals.can_tell_apart(1, 100, level=0.99)
