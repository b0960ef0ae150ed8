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
    """Most children begin while another thread holds the lock, all while it is within."""
    script = """
import os, threading, time
from wbc_edge.shared import ProcessLock, Shared

told = []
lock, state = ProcessLock(), Shared(lambda: told.append("up"), lambda: told.append("down"))
within, done = threading.Event(), threading.Event()

def use():
    with state:
        within.set()
        while not done.is_set():
            with lock.held():
                time.sleep(0.002)

def forked(child_does):
    child = os.fork()
    if not child:
        os._exit(0 if child_does() else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0

def enters():
    with lock.held(), state:
        return told == ["up", "down", "up"]

thread = threading.Thread(target=use, daemon=True)
thread.start()
within.wait()
for _ in range(10):
    forked(enters)
done.set()
thread.join()
assert told == ["up", "down"]

# Forked by a thread that is within, a child is within as well.
def leaves():
    state.__exit__()
    return told[2:] == ["up", "down"]

with state, lock.held():
    forked(lambda: told[2:] == ["up"])
    forked(leaves)
assert told[2:] == ["up", "down"]
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
