from __future__ import annotations

import keras
import numpy as np
import pytest

from train.config import Schedule
from train.recipe.schedules import SCHEDULES, schedule
from wbc_edge.errors import UsageError


def _rates(how: Schedule, warm_up: int = 10) -> np.ndarray:
    course = schedule(how, peak=0.5, steps=110, warm_up=warm_up, per_epoch=20)
    return np.array([float(course(step)) for step in range(110)])


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_course_starts_with_the_warm_up_and_stays_below_the_peak(name: str) -> None:
    rates = _rates(Schedule(name=name))
    np.testing.assert_allclose(rates[:11], np.linspace(0, 0.5, 11), atol=1e-6)
    assert rates.max() <= 0.5 + 1e-6


def test_the_default_is_the_cosine_of_keras_with_its_warm_up() -> None:
    theirs = keras.optimizers.schedules.CosineDecay(
        0.0, decay_steps=100, warmup_target=0.5, warmup_steps=10
    )
    expected = [float(theirs(step)) for step in range(110)]
    np.testing.assert_allclose(_rates(Schedule()), expected, atol=1e-6)


def test_the_courses_end_where_they_should() -> None:
    assert _rates(Schedule(name="cosine", end=0.2))[-1] == pytest.approx(0.1, rel=0.01)
    assert _rates(Schedule(name="linear"))[-1] == pytest.approx(0.005, rel=0.01)
    assert _rates(Schedule(name="constant"))[-1] == pytest.approx(0.5)
    assert _rates(Schedule(name="exponential", end=0.1))[-1] == pytest.approx(0.05, rel=0.03)
    drops = _rates(Schedule(name="step", factor=0.1, every=2), warm_up=0)
    np.testing.assert_allclose(drops[[0, 39, 40, 79, 80]], [0.5, 0.5, 0.05, 0.05, 0.005], rtol=1e-5)
    again = _rates(Schedule(name="restarts", every=1), warm_up=0)
    np.testing.assert_allclose(again[[0, 20, 40]], 0.5, rtol=1e-5)


def test_a_course_survives_saving() -> None:
    course = schedule(Schedule(name="step"), peak=0.5, steps=9, warm_up=2, per_epoch=3)
    twin = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(course))
    assert [float(twin(n)) for n in range(9)] == [float(course(n)) for n in range(9)]


def test_an_unknown_course_is_named() -> None:
    with pytest.raises(UsageError, match=r"'schedule.name' has to be one of cosine.*, not sine"):
        _rates(Schedule(name="sine"))
