from __future__ import annotations

from types import SimpleNamespace

import pytest

from bench import instrument
from tests.paths import INT8
from wbc_edge.measure import latency


def test_a_sleep_is_measured_right() -> None:
    check = instrument.known_time(2.0, images_each=10)
    assert check.passed, check.sentence()


def test_a_model_beside_itself_is_counted() -> None:
    check = instrument.equals(str(INT8), rounds=3, runs=2)
    assert "of 2 runs, 1 are needed" in check.found
    assert "'whole':" in check.found


@pytest.mark.parametrize("drop", instrument.DROPS)
def test_a_planted_drop_is_judged_as_the_statistics_say(drop: float) -> None:
    check = instrument.planted_drop(drop, draws=60, cells=1535)
    assert check.passed, check.sentence()


def test_an_instrument_that_never_decides_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    unsure = SimpleNamespace(verdict=SimpleNamespace(outcome="undecided"))
    monkeypatch.setattr(instrument, "compare", lambda *_, **__: unsure)
    check = instrument.planted_drop(3.0, draws=20, cells=100)
    assert not check.passed
    assert check.found.endswith("19 are to be called lost")


@pytest.mark.parametrize(("width", "passed"), [(0.1, True), (0.3, False)])
def test_an_instrument_whose_interval_holds_everything_fails(
    width: float, passed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ratio = SimpleNamespace(stage="whole", low=1 - width / 2, high=1 + width / 2)
    monkeypatch.setattr(latency, "measure", lambda *_, **__: [])
    monkeypatch.setattr(latency, "ratios", lambda *_: [ratio])
    check = instrument.equals(str(INT8), rounds=3, runs=2)
    assert check.passed is passed
    assert f"{width:.3f} wide, up to 0.2" in check.found


def test_a_large_drop_is_called_lost_and_none_kept_on_many_images() -> None:
    assert instrument.judged(3.0, draws=20, cells=1535)["lost"] >= 19
    assert instrument.judged(0.0, draws=8, cells=15350)["kept"] >= 7
