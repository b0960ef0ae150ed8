"""The lines that native code of a runtime writes to standard error."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from wbc_edge.shared import ProcessLock, in_every_child

_STDERR = 2

# As TensorFlow Lite and as Abseil begin such lines, what the latter says of itself before, and the
# second line of what TensorFlow says of the processor.
_INFO = re.compile(
    rb"INFO: |I\d{4} |WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions: "
)

# Who redirects while another does would put back what is no standard error.
_redirecting = ProcessLock()


@contextmanager
def without_info_lines() -> Iterator[None]:
    """Hold back lines such as "INFO: Created TensorFlow Lite XNNPACK delegate for CPU."

    There is no switch for them in Python, so standard error goes to a temporary file while a model
    is opened (milliseconds), or TensorFlow imported (seconds); every other line is passed on
    afterwards, none is lost. A file and not a pipe, which would hold up whoever writes more than it
    takes. Where there is nowhere to put one, all lines stay. Within another, it changes nothing.
    """
    with _redirecting.held():
        if _original is None:
            yield from _redirected()
        else:
            yield


_original: int | None = None
"""Where standard error leads, while it is redirected."""


def _back() -> None:
    global _original
    if _original is not None:
        os.dup2(_original, _STDERR)
        _original = None


in_every_child(_back)


def _redirected() -> Iterator[None]:
    global _original
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
        _original = original
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(original, _STDERR)
            _original = None
            os.close(original)
            held.seek(0)
            kept = b"".join(line for line in held if not _INFO.match(line))
            with suppress(OSError):  # a standard error that takes nothing
                while kept:
                    kept = kept[os.write(_STDERR, kept) :]


def _file() -> IO[bytes]:
    """A file that nobody sees; in memory where the system has such, which needs no folder."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("wbc-edge"), "w+b")
    import tempfile  # takes milliseconds

    return tempfile.TemporaryFile()
