from __future__ import annotations

import numpy as np
import pytest

from train.evaluation.bootstrap import Bootstrap


def test_whole_groups_are_drawn_and_the_seed_decides() -> None:
    groups = ["a", "a", "b", "c", "c", "c"]
    weights = Bootstrap(groups, rounds=250).samples(lambda drawn: drawn)
    assert weights.shape == (250, 6)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    # As many groups as there are, in every resample.
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()
    np.testing.assert_array_equal(weights, Bootstrap(groups, rounds=250).samples(lambda w: w))
    other = Bootstrap(groups, rounds=250, seed=1).samples(lambda w: w)
    assert (weights != other).any()


def test_an_interval_covers_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        values = rng.normal(size=60) + 5
        bootstrap = Bootstrap([str(n) for n in range(60)], rounds=300)
        drawn = bootstrap.samples(lambda weights, v=values: weights @ v / weights.sum(axis=1))
        found = bootstrap.estimate(float(values.mean()), drawn, 60)
        assert found is not None
        covered += found.low <= 5 <= found.high
    assert 0.88 <= covered / 200 <= 0.99


def test_what_was_not_seen_is_not_called_impossible() -> None:
    bootstrap = Bootstrap([str(n) for n in range(50)], rounds=100)
    perfect = bootstrap.estimate(1.0, np.ones(100), 50)
    assert perfect is not None
    assert perfect.low == pytest.approx(0.929, abs=0.001)
    equal = bootstrap.difference(0.0, np.zeros(100), 50)
    assert equal is not None
    assert equal.low < 0 < equal.high


def test_one_discordant_cell_makes_a_difference_no_surer() -> None:
    bootstrap = Bootstrap([str(n) for n in range(76)], rounds=100)
    none = bootstrap.difference(0.0, np.zeros(100), 76)
    one = bootstrap.difference(-0.013, np.linspace(-0.04, 0, 100), 76)
    assert none is not None
    assert one is not None
    assert one.low < none.low < 0 < one.high
    assert one.high - one.low >= none.high - none.low


def test_undefined_resamples_are_left_out_and_an_undefined_figure_is_none() -> None:
    bootstrap = Bootstrap(["a", "b"], rounds=4)
    drawn = np.array([np.nan, 0.2, 0.4, np.nan])
    found = bootstrap.estimate(0.3, drawn, 2)
    assert found is not None
    assert 0.2 <= found.low < found.high <= 0.4
    assert bootstrap.estimate(None, drawn, 2) is None
    assert bootstrap.estimate(0.3, np.full(4, np.nan), 2) is None
