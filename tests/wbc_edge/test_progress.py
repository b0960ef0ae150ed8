from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest

from wbc_edge import progress


class Terminal(io.StringIO):
    """A standard error that is a terminal, and remembers."""

    def isatty(self) -> bool:
        return True


def terminal_on(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    # Not a fixture: pytest sets its own standard error anew between a fixture and the test.
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    return stream


def test_long_work_is_counted_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_on(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", -1)
    assert list(progress.counted(iter(range(2000)))) == list(range(2000))
    assert "images," in terminal.getvalue()
    assert "a second" in terminal.getvalue()


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_on(monkeypatch)
    assert list(progress.counted(iter("abc"))) == ["a", "b", "c"]
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "PATIENCE", -1)
    assert list(progress.counted(iter("abc"))) == ["a", "b", "c"]
    with progress.stepped() as show:
        assert show is None
    assert stream.getvalue() == ""


def test_a_closed_bar_closes_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal_on(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", -1)
    closed = []

    def rows() -> Iterator[int]:
        try:
            yield from range(10)
        finally:
            closed.append(True)

    counted = progress.counted(rows())
    next(counted)
    counted.close()  # type: ignore[attr-defined]
    assert closed == [True]


def test_steps_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_on(monkeypatch)
    with progress.stepped() as show:
        assert show is not None
        for done in range(1, 4):
            show("timing", done, 3)
    assert "timing" in terminal.getvalue()
