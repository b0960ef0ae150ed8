from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_process_that_is_forked_is_not_held_up_by_threads_that_it_does_not_have() -> None:
    """Half of the children begin while another thread holds the lock, all while it is within."""
    script = """
import os, threading, time
from wbc_edge.shared import ProcessLock, Shared

told = []
lock, state = ProcessLock(), Shared(lambda: told.append("up"), lambda: told.append("down"))

def use():
    with state:
        while not done:
            with lock:
                time.sleep(0.002)

done = False
thread = threading.Thread(target=use)
thread.start()
for _ in range(10):
    child = os.fork()
    if not child:
        with lock, state:
            os._exit(told != ["up", "down", "up"])
    _, status = os.waitpid(child, 0)
    assert status == 0
done = True
thread.join()
assert told == ["up", "down"]
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
