from __future__ import annotations

from pathlib import Path

import pytest

from bench import instrument

TINY = Path(__file__).parents[1] / "data" / "tiny-int8.tflite"


def test_a_sleep_is_measured_right() -> None:
    check = instrument.known_time(2.0, images_each=10)
    assert check.passed, check.sentence()


def test_a_model_beside_itself_is_counted() -> None:
    check = instrument.equals(str(TINY), rounds=3, runs=2)
    assert "of 2 runs, 1 are needed" in check.found
    assert "'whole':" in check.found


@pytest.mark.parametrize("drop", instrument.DROPS)
def test_a_planted_drop_is_judged_as_the_statistics_say(drop: float) -> None:
    check = instrument.planted_drop(drop, draws=60, cells=1535)
    assert check.passed, check.sentence()


def test_a_large_drop_is_called_lost_and_none_kept_on_many_images() -> None:
    assert instrument.judged(3.0, draws=20, cells=1535)["lost"] >= 19
    assert instrument.judged(0.0, draws=8, cells=15350)["kept"] >= 7
