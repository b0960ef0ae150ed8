from __future__ import annotations

import time

import pytest

from train.progress import on_all_cores


def test_what_is_made_comes_in_the_order_of_the_items(capsys: pytest.CaptureFixture[str]) -> None:
    def slower_first(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return number**2

    made = on_all_cores(slower_first, range(50), doing="squaring", unit="number")
    assert list(made) == [number**2 for number in range(50)]
    # No terminal, no bar.
    assert capsys.readouterr() == ("", "")


def test_what_the_work_raises_comes_in_its_turn() -> None:
    made = on_all_cores(lambda number: 6 // number, [2, 3, 0, 1], doing="dividing")
    assert [next(made), next(made)] == [3, 2]
    with pytest.raises(ZeroDivisionError):
        next(made)


def test_items_that_nobody_waits_for_any_more_are_dropped() -> None:
    seen: list[int] = []

    def slow(number: int) -> None:
        time.sleep(0.01)  # or all could be done before this thread has its turn again
        seen.append(number)

    made = on_all_cores(slow, range(10_000), doing="waiting")
    next(made)
    made.close()  # type: ignore[attr-defined]
    count = len(seen)
    assert count < 10_000
    time.sleep(0.05)
    assert len(seen) == count  # the threads have ended
