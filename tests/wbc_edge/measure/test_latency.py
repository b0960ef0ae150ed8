from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from wbc_edge.measure import latency
from wbc_edge.measure.latency import Candidate, Plan

MS = 1_000_000


class FakeClock:
    """A clock that stands still but for what the fake sessions let pass."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def advance(self, nanoseconds: float) -> None:
        self.now += round(nanoseconds)


class FakeSession:
    """Takes known times; its first answer takes `extra` more, as a real one's does."""

    def __init__(self, wait: Callable[[float], None], *, invoke: float, extra: float = 0) -> None:
        self.wait, self.invoke_time, self.extra = wait, invoke, extra

    def decode(self, data: bytes) -> Any:
        self.wait(4 * MS)
        return data

    def prepare(self, rgb: Any) -> Any:
        self.wait(2 * MS)
        return rgb

    def invoke(self, pixels: Any) -> Any:
        self.wait(self.invoke_time + self.extra)
        self.extra = 0
        return pixels

    def answer(self, output: Any) -> Any:
        self.wait(0.5 * MS)
        return output


def fake(name: str, wait: Callable[[float], None], *, invoke: float = 1 * MS) -> Candidate:
    def opened() -> FakeSession:
        wait(30 * MS)
        return FakeSession(wait, invoke=invoke, extra=10 * MS)

    return Candidate(name=name, open=opened)


def noisy(name: str, clock: FakeClock, rng: np.random.Generator, *, factor: float) -> Candidate:
    """A session with skewed noise on every call, on a machine that slows down as time passes."""

    def wait(nanoseconds: float) -> None:
        drift = 1 + clock.now / 20e9
        clock.advance(nanoseconds * drift * (1 + 0.1 * rng.exponential()))

    return fake(name, wait, invoke=factor * MS)


def test_known_times_are_measured_exactly() -> None:
    clock = FakeClock()
    (timing,) = latency.measure([fake("a", clock.advance)], [b"x", b"y"], clock=clock)
    expected = {
        "load": 30,
        "first": 17.5,
        "decode": 4,
        "prepare": 2,
        "invoke": 1,
        "answer": 0.5,
        "whole": 7.5,
    }
    for stage, milliseconds in expected.items():
        spread = getattr(timing, stage)
        assert (spread.p50, spread.p90, spread.p99) == (milliseconds,) * 3, stage
    assert timing.load.count == 15
    assert timing.whole.count == 30
    assert len(timing.whole.by_round) == 15


def test_the_clock_is_the_real_one_where_none_is_given() -> None:
    """How exact it is, is for `python -m bench instrument`: a busy machine may halt us anywhere."""
    slept = []

    class Sleeping(FakeSession):
        def invoke(self, pixels: Any) -> Any:
            start = time.perf_counter_ns()
            time.sleep(0.003)
            slept.append((time.perf_counter_ns() - start) / MS)
            return pixels

    candidate = Candidate(name="a", open=lambda: Sleeping(lambda _: None, invoke=0))
    start = time.perf_counter_ns()
    (timing,) = latency.measure([candidate], [b"x"] * 20, plan=Plan(rounds=1, warmup=0))
    elapsed = (time.perf_counter_ns() - start) / MS
    assert timing.first.p50 >= slept[0] >= 3
    assert timing.invoke.p50 >= np.median(slept[1:])
    assert timing.first.p50 + timing.whole.count * min(timing.whole.quantiles) <= elapsed


def test_percentiles_are_those_of_all_images() -> None:
    clock = FakeClock()
    times = iter(range(1, 102))

    class Growing(FakeSession):
        def invoke(self, pixels: Any) -> Any:
            clock.advance(next(times) * MS)
            return pixels

    candidate = Candidate(name="a", open=lambda: Growing(clock.advance, invoke=0))
    (timing,) = latency.measure(
        [candidate], [b"x"] * 100, plan=Plan(rounds=1, warmup=0), clock=clock
    )
    # 1 ms went to the first answer; 2 to 101 ms are the warm ones.
    assert (timing.invoke.p50, timing.invoke.p90, timing.invoke.p99) == pytest.approx(
        (51.5, 91.1, 100.01)
    )


def test_every_candidate_opens_once_in_every_round_and_in_shuffled_order() -> None:
    order: list[str] = []
    clock = FakeClock()

    def candidate(name: str) -> Candidate:
        def opened() -> FakeSession:
            order.append(name)
            return FakeSession(clock.advance, invoke=MS)

        return Candidate(name=name, open=opened)

    plan = Plan(rounds=12, warmup=0)
    latency.measure([candidate(name) for name in "abc"], [b"x"], plan=plan, clock=clock)
    rounds = ["".join(order[at : at + 3]) for at in range(0, 36, 3)]
    assert {"".join(sorted(names)) for names in rounds} == {"abc"}
    assert {names[0] for names in rounds} == set("abc")


def test_a_batch_is_timed_as_a_whole_and_told_an_image() -> None:
    clock = FakeClock()
    seen: list[list[bytes]] = []

    class Batched(FakeSession):
        def decode(self, data: Any) -> Any:
            seen.append(data)
            clock.advance(len(data) * 4 * MS)
            return data

    candidate = Candidate(name="a", open=lambda: Batched(clock.advance, invoke=3 * MS), batch=2)
    plan = Plan(rounds=1, warmup=3)
    (timing,) = latency.measure([candidate], [b"x", b"y", b"z"], plan=plan, clock=clock)
    assert seen == [[b"x", b"y"], *[[b"x", b"y"], [b"z", b"x"]] * 2]
    assert timing.whole.count == 2
    assert (timing.decode.p50, timing.prepare.p50, timing.invoke.p50) == (4, 1, 1.5)
    assert timing.whole.p50 == 6.75


def test_a_distribution_is_kept_as_quantiles() -> None:
    clock = FakeClock()
    (timing,) = latency.measure([fake("a", clock.advance)], [b"x"], clock=clock)
    assert timing.whole.quantiles == (7.5,) * 21


def test_warm_up_images_are_not_counted() -> None:
    clock = FakeClock()
    calls = []

    class Counting(FakeSession):
        def decode(self, data: bytes) -> Any:
            calls.append(data)
            return super().decode(data)

    candidate = Candidate(name="a", open=lambda: Counting(clock.advance, invoke=MS))
    (timing,) = latency.measure(
        [candidate], [b"x", b"y"], plan=Plan(rounds=1, warmup=3), clock=clock
    )
    assert calls == [b"x", b"x", b"y", b"x", b"x", b"y"]
    assert timing.whole.count == 2


def test_a_known_ratio_is_found() -> None:
    clock = FakeClock()
    pair = [fake("a", clock.advance), fake("b", clock.advance, invoke=3 * MS)]
    found = latency.ratios(latency.measure(pair, [b"x"], clock=clock), "a")
    invoke = next(ratio for ratio in found if ratio.stage == "invoke")
    assert (invoke.name, invoke.base) == ("b", "a")
    assert (invoke.low, invoke.value, invoke.high) == pytest.approx((3, 3, 3))


def compared(seed: int, factor: float) -> latency.Ratio:
    clock, rng = FakeClock(), np.random.default_rng(seed)
    pair = [noisy("a", clock, rng, factor=1.0), noisy("b", clock, rng, factor=factor)]
    plan = Plan(rounds=15, warmup=1)
    timings = latency.measure(pair, [b"x"] * 4, plan=plan, clock=clock)
    return next(ratio for ratio in latency.ratios(timings, "a") if ratio.stage == "invoke")


def test_equal_models_on_a_drifting_machine_are_found_equal() -> None:
    found = [compared(seed, 1.0) for seed in range(60)]
    assert sum(ratio.low <= 1 <= ratio.high for ratio in found[:20]) >= 19
    assert sum(ratio.low <= 1 <= ratio.high for ratio in found) >= 57


def test_a_slower_model_on_a_drifting_machine_is_found_slower() -> None:
    found = [compared(seed, 1.2) for seed in range(20)]
    assert sum(ratio.low > 1 for ratio in found) >= 19
    assert sum(ratio.low <= 1.2 <= ratio.high for ratio in found) >= 19


def test_a_stage_without_measurable_time_has_no_ratio() -> None:
    clock = FakeClock()
    pair = [fake(name, clock.advance, invoke=0) for name in "ab"]
    found = latency.ratios(latency.measure(pair, [b"x"], clock=clock), "a")
    assert "invoke" not in {ratio.stage for ratio in found}


def test_progress_is_told_round_by_round() -> None:
    clock = FakeClock()
    seen: list[tuple[int, int]] = []
    latency.measure(
        [fake("a", clock.advance)],
        [b"x"],
        plan=Plan(rounds=2, warmup=0),
        clock=clock,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("names", "images", "plan"),
    [
        ("", [b"x"], Plan()),
        ("a", [], Plan()),
        ("aa", [b"x"], Plan()),
        ("a", [b"x"], Plan(rounds=0)),
        ("a", [b"x"], Plan(warmup=-1)),
    ],
)
def test_what_cannot_be_timed_is_refused(names: str, images: list[bytes], plan: Plan) -> None:
    candidates = [fake(name, lambda _: None) for name in names]
    with pytest.raises(ValueError, match=r"latency needs|same name"):
        latency.measure(candidates, images, plan=plan)
