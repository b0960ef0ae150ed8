"""The lines that native code of a runtime writes to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

_STDERR = 2


@contextmanager
def without_info_lines() -> Iterator[None]:
    """Hold back lines such as "INFO: Created TensorFlow Lite XNNPACK delegate for CPU."

    TensorFlow Lite has no switch for them in Python, so standard error goes to a temporary file
    while a model is opened (milliseconds); every other line is passed on afterwards, none is lost.
    A file and not a pipe, which would hold up whoever writes more than it takes. Where there is
    nowhere to put one, all lines stay.
    """
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        original = os.dup(_STDERR)
    except OSError:  # there is no standard error, as under pythonw or a closed descriptor
        yield
        return
    try:
        held = _file()
    except OSError:
        os.close(original)
        yield
        return
    with held:
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(original, _STDERR)
            os.close(original)
            held.seek(0)
            kept = b"".join(line for line in held if not line.startswith(b"INFO: "))
            with suppress(OSError):  # a standard error that takes nothing
                while kept:
                    kept = kept[os.write(_STDERR, kept) :]


def _file() -> IO[bytes]:
    """A file that nobody sees; in memory where the system has such, which needs no folder."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("wbc-edge"), "w+b")
    import tempfile  # takes milliseconds

    return tempfile.TemporaryFile()
