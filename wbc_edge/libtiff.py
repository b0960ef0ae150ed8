"""What libtiff complains of while Pillow decodes with it.

Pillow does not ask: a strip that libtiff cannot decode stays as it was, without an exception, and
the complaint goes to standard error, without the file's name. So libtiff's own handler is set
meanwhile (https://libtiff.gitlab.io/libtiff/functions/TIFFError.html). The library is found where
Linux lists what a process has loaded; elsewhere, nothing is heard.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from wbc_edge.shared import Shared

_MAPPED = Path("/proc/self/maps")

_before: int | None = None  # the address of the handler that was there
_heard = threading.local()  # libtiff calls its handler in the thread that decodes


@contextmanager
def complaints() -> Iterator[list[str]]:
    """A list to which the name of the part is added that complains, such as "Fax3DecodeRLE"."""
    lines: list[str] = []
    _heard.lines = lines
    try:
        with _listening:
            yield lines
    finally:
        del _heard.lines


def _hear(module: bytes | None, sentence: bytes | None) -> None:
    lines = getattr(_heard, "lines", None)
    if lines is not None:
        lines.append((module or sentence or b"libtiff").decode(errors="replace"))


def _listen() -> None:
    global _before
    if (found := _setter()) is not None:
        set_handler, handler = found
        _before = set_handler(handler)


def _put_back() -> None:
    if (found := _setter()) is not None:
        set_handler, _ = found
        set_handler(_before)


_listening = Shared(_listen, _put_back)


@cache
def _setter() -> tuple[Any, Any] | None:
    """TIFFSetErrorHandler of the libtiff that Pillow is linked to, and the handler to give it.

    None where the library cannot be told, or the system lets no code be called back.
    """
    if sys.platform != "linux":
        return None
    try:
        with _MAPPED.open(encoding="utf-8", errors="surrogateescape") as maps:
            paths = (line.split(maxsplit=5)[-1].rstrip("\n") for line in maps if "/" in line)
            path = next((path for path in paths if Path(path).name.startswith("libtiff")), None)
        if path is None:
            return None
        set_handler = ctypes.CDLL(path).TIFFSetErrorHandler
        set_handler.restype, set_handler.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        # void (*)(const char *module, const char *sentence, va_list values): these are left alone.
        kind = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p)
        return set_handler, ctypes.cast(kind(_hear), ctypes.c_void_p)
    except (OSError, AttributeError, MemoryError):
        return None
