from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from wbc_edge.shared import Shared


def test_the_first_in_sets_it_up_and_the_last_out_takes_it_down() -> None:
    told: list[str] = []
    state = Shared(lambda: told.append("up"), lambda: told.append("down"))
    inside, leave = threading.Barrier(4), threading.Event()

    def use(number: int) -> None:
        with state:
            inside.wait()  # all are in before any leaves
            if number:
                leave.wait()

    with ThreadPoolExecutor(3) as pool:
        users = [pool.submit(use, number) for number in range(3)]
        inside.wait()
        users[0].result()
        assert told == ["up"]
        leave.set()
    assert told == ["up", "down"]


def test_it_is_taken_down_after_an_error_and_set_up_again() -> None:
    told: list[str] = []
    state = Shared(lambda: told.append("up"), lambda: told.append("down"))
    for _ in range(2):
        try:
            with state:
                raise ValueError
        except ValueError:
            pass
    assert told == ["up", "down"] * 2
