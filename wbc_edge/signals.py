"""How a process ends when it is told to."""

from __future__ import annotations

import signal
import sys
from types import FrameType


def exit_on_sigterm() -> None:
    """From here on SIGTERM ends the process as an exit, so that what is half written is cleared.

    So does SIGHUP, by which a lost connection ends it, unless the process was made to outlive that.
    """
    signal.signal(signal.SIGTERM, _exit)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _exit)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
