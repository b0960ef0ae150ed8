"""How a process ends when it is told to."""

from __future__ import annotations

import signal
import sys
from types import FrameType


def exit_on_signals() -> None:
    """From here on SIGTERM and SIGHUP end the process as an exit, clearing what is half written.

    SIGHUP comes when a connection is lost; a process that was made to outlive that does.
    """
    signal.signal(signal.SIGTERM, _exit)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _exit)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
