from __future__ import annotations

import pytest

from train.progress import on_all_cores


def test_what_is_made_comes_in_the_order_of_the_items(capsys: pytest.CaptureFixture[str]) -> None:
    made = on_all_cores(lambda number: number**2, range(50), doing="squaring", unit="number")
    assert list(made) == [number**2 for number in range(50)]
    # No terminal, no bar.
    assert capsys.readouterr() == ("", "")


def test_what_the_work_raises_comes_through() -> None:
    made = on_all_cores(lambda number: 6 // number, [2, 0, 1], doing="dividing")
    assert next(made) == 3
    with pytest.raises(ZeroDivisionError):
        next(made)
