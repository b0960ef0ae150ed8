"""How a process ends when it is told to."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any


def exit_on_signals() -> None:
    """From here on SIGTERM and SIGHUP end the process as an exit, clearing what is half written.

    SIGHUP comes when a connection is lost; a process that was made to outlive that does.
    """
    signal.signal(signal.SIGTERM, _exit)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _exit)


def has_left(error: OSError) -> bool:
    """Whether a pipe's reader, such as `head`, has had enough: Windows has no error of its own."""
    # With a file's name, it is one that Windows does not take.
    invalid = error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and invalid)


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """What tells whether the process has been told to end, once; told again, it ends as before.

    For work that has no end of its own: it is to be left where it is complete. In the main thread.
    """
    told: list[int] = []
    # One that is ignored, as by `nohup`, stays so.
    before = {
        n: signal.getsignal(n) for n in _ending() if signal.getsignal(n) is not signal.SIG_IGN
    }

    def note(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        _handle(before)

    for number in before:
        signal.signal(number, note)
    try:
        yield lambda: bool(told)
    finally:
        _handle(before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that would end the process do not, while it saves something. In the main thread.

    For one that is ending already, and takes no longer than whoever sends them is willing to wait.
    """
    before = {number: signal.getsignal(number) for number in _ending()}
    for number in before:
        signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        _handle(before)


def _handle(handlers: Mapping[int, Any]) -> None:
    """Has signals handled as `signal.getsignal` told, which knows no name for another's way."""
    for number, handler in handlers.items():
        signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _ending() -> Iterator[int]:
    """The signals that end a process and may be handled."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            yield getattr(signal, name)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
