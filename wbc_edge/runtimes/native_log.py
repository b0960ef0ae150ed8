"""The lines that native code writes to standard error: a runtime's, or a converter's.

There is no switch for them in Python, so standard error goes to a temporary file meanwhile. A file
and not a pipe, which would hold up whoever writes more than it takes. Where there is nowhere to put
one, all lines stay. What holds lines back within another that does changes nothing.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
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


_Kept = Callable[[bytes, bool], bool]
"""A line, and whether an exception ended what wrote it -> whether it is passed on."""


@contextmanager
def without_info_lines() -> Iterator[None]:
    """Hold back lines such as "INFO: Created TensorFlow Lite XNNPACK delegate for CPU."

    It is for while a model is opened (milliseconds), or TensorFlow imported (seconds); every other
    line is passed on afterwards, none is lost.
    """
    yield from _filtered(lambda line, _: not _INFO.match(line))


@contextmanager
def only_on_failure() -> Iterator[None]:
    """Hold back every line, and pass them on only where an exception ends what is within.

    It is for code that tells of its arguments at every call: only where it fails does it say more.
    """
    yield from _filtered(lambda _, failed: failed)


def _filtered(kept: _Kept) -> Iterator[None]:
    with _redirecting.held():
        if _original is None:
            yield from _redirected(kept)
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


def _redirected(kept: _Kept) -> Iterator[None]:
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
        failed = True
        try:
            yield
            failed = False
        finally:
            os.dup2(original, _STDERR)
            _original = None
            os.close(original)
            held.seek(0)
            rest = b"".join(line for line in held if kept(line, failed))
            with suppress(OSError):  # a standard error that takes nothing
                while rest:
                    rest = rest[os.write(_STDERR, rest) :]


def _file() -> IO[bytes]:
    """A file that nobody sees; in memory where the system has such, which needs no folder."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("wbc-edge"), "w+b")
    import tempfile  # takes milliseconds

    return tempfile.TemporaryFile()
