"""The lines that native code of a runtime writes to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


@contextmanager
def without_info_lines() -> Iterator[None]:
    """Hold back lines such as "INFO: Created TensorFlow Lite XNNPACK delegate for CPU."

    TensorFlow Lite has no switch for them in Python, so standard error goes through a pipe while
    a model is opened (milliseconds); every other line is passed on afterwards, none is lost.
    """
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        original = os.dup(_STDERR)
    except OSError:  # there is no standard error, as under pythonw or a closed descriptor
        yield
        return
    source, sink = os.pipe()
    os.dup2(sink, _STDERR)
    os.close(sink)
    try:
        yield
    finally:
        os.dup2(original, _STDERR)  # this closes the pipe's last writing end
        with os.fdopen(source, "rb") as held:
            kept = b"".join(line for line in held if not line.startswith(b"INFO: "))
        if kept:
            os.write(original, kept)
        os.close(original)
