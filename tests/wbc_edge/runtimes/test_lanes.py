from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from wbc_edge import bundle
from wbc_edge.errors import ModelError
from wbc_edge.runtimes import lanes, open_session

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
several = pytest.mark.skipif(len(CORES) < 2, reason="this machine has one core, or cannot bind")


@contextmanager
def _idle_threads(count: int) -> Iterator[frozenset[int]]:
    """Threads that wait, by the system's numbers."""
    done = threading.Event()
    before = lanes.tasks()
    threads = [threading.Thread(target=done.wait) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield lanes.tasks() - before
    finally:
        done.set()
        for thread in threads:
            thread.join()


@several
def test_every_thread_gets_cores_of_its_own_and_none_is_left_over() -> None:
    with _idle_threads(1) as pool:
        lane = lanes.deal(pool, 2)
        dealt = [os.sched_getaffinity(task) for task in pool] + [set(lane.cores)]
    assert sorted(core for cores in dealt for core in cores) == CORES


@several
@pytest.mark.parametrize("core", [CORES[0], CORES[-1]])
def test_the_caller_is_free_to_leave_its_lane(core: int) -> None:
    lanes.Lane(cores=frozenset([core])).take()
    assert os.sched_getaffinity(0) == set(CORES)


@several
def test_the_core_that_a_thread_is_bound_to_is_the_one_it_runs_on() -> None:
    try:
        for core in CORES:
            os.sched_setaffinity(0, [core])
            assert lanes._core() == core
    finally:
        os.sched_setaffinity(0, CORES)


@several
def test_a_caller_elsewhere_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = []
    monkeypatch.setattr(lanes, "_bind", lambda task, cores: bound.append((task, set(cores))))
    monkeypatch.setattr(lanes, "_core", lambda: CORES[0])
    lanes.Lane(cores=frozenset(CORES[:1])).take()
    assert bound == []
    lanes.Lane(cores=frozenset(CORES[-1:])).take()
    assert bound == [(0, {CORES[-1]}), (0, set(CORES))]


@several
def test_a_caller_that_may_not_run_in_its_lane_stays_where_it_is() -> None:
    os.sched_setaffinity(0, CORES[:1])
    try:
        lanes.Lane(cores=frozenset(CORES[1:])).take()
        assert os.sched_getaffinity(0) == {CORES[0]}
    finally:
        os.sched_setaffinity(0, CORES)


@several
@pytest.mark.parametrize(
    ("others", "threads"),
    [(0, 1), (0, 2), (2, 2), (len(CORES), len(CORES) + 1)],
    ids=["one thread", "no pool seen", "strangers beside it", "more threads than cores"],
)
def test_nothing_is_dealt_where_it_would_be_a_guess(others: int, threads: int) -> None:
    with _idle_threads(others) as pool:
        assert lanes.deal(pool, threads) == lanes.Lane()
        assert all(os.sched_getaffinity(task) == set(CORES) for task in pool)


@several
def test_an_interpreter_of_two_threads_has_its_lanes_and_answers_as_one_of_one() -> None:
    path = bundle.open_bundle("nano").path
    alone = open_session(path, threads=1)
    before = lanes.tasks()
    session = open_session(path, threads=2)
    (pooled,) = lanes.tasks() - before
    own = set(CORES) - os.sched_getaffinity(pooled)
    assert own
    assert own < set(CORES)
    shape = (2, *session.input.shape[1:])
    cells = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    np.testing.assert_array_equal(session.run(cells), alone.run(cells))
    assert os.sched_getaffinity(0) == set(CORES)
    with pytest.raises(ModelError):
        session.run(cells[:, :50])
    assert os.sched_getaffinity(0) == set(CORES)
