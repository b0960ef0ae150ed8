"""Where a command's rows go: standard output, or a file that appears when it is complete."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from wbc_edge.errors import ModelError, UsageError
from wbc_edge.files import (
    appended,
    begun,
    check_writable,
    elsewhere,
    is_direct,
    put,
    stands_alone,
    unwritable,
    usual_rights,
)
from wbc_edge.inputs import SUFFIXES
from wbc_edge.signals import has_left
from wbc_edge.text import printable


@contextmanager
def opened(path: str | None) -> Iterator[TextIO]:
    """The stream for results: standard output, also as "-", or a file that appears when complete.

    Of a command that was stopped the rows so far stay beside it, as FILE.partial, or among
    temporary files where nothing may be put beside it. Text is UTF-8, with the bytes of file names
    that are not kept as they are. Raises UsageError where the file cannot be written, or is a
    picture or a model now.
    """
    if path is None or path == "-":
        if sys.stdout is None:
            raise UsageError("standard output is closed; name a file with --output")
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(
                encoding="utf-8", errors="surrogateescape", newline="", line_buffering=True
            )
        yield sys.stdout
        return
    if path.endswith(("/", os.sep)) and not Path(path).exists():
        raise UsageError(f"{path} is the name of a folder; name a file for --output")
    target = Path(path)
    try:
        target = Path(os.path.realpath(path))
        direct = is_direct(path, target)
        if not direct and (kind := precious(target)):
            fault = f"is a {kind}, which rows would replace"
            if not target.exists():
                fault = f"is the name of a {kind}"
            raise UsageError(f"{path} {fault}; name another --output")
        stream = appended(path) if direct else begun(target)
    except OSError as error:
        if not stands_alone(target, error):
            raise unwritable(path, error) from error
        with writing(path):
            stream = elsewhere(target)
    if direct:
        with _closed(stream, path):
            yield stream
        return
    partial = Path(stream.name)
    try:
        with _closed(stream, path):
            yield stream
        put(partial, target, path)
    except BaseException:
        # What was answered is worth its time, also where it did not come to the end.
        _keep(partial, path)
        raise


def is_standard_output(path: str) -> bool:
    """Whether what is written to it goes where standard output goes, by whatever name."""
    if path == "-":
        return True
    try:
        return path != os.devnull and os.path.samestat(Path(path).stat(), os.fstat(1))
    except OSError:  # there is no such file yet
        return False


@contextmanager
def writing(path: str | None) -> Iterator[None]:
    """What fails within is that rows cannot be written; a reader that left is another matter.

    So is standard output, None or "-": what it holds back may fail at the end as well.
    """
    try:
        yield
    except OSError as error:
        if path in (None, "-") or has_left(error):
            raise
        raise unwritable(path, error) from error


def _keep(partial: Path, path: str) -> None:
    """Leaves the rows so far, for others to read as well; without any, nothing."""
    try:
        if not partial.stat().st_size:
            partial.unlink()
            return
    except OSError:  # it is where it belongs already
        return
    with suppress(OSError):
        partial.chmod(usual_rights())
    # As the user would name it, unless a link has led elsewhere.
    beside = Path(path).with_name(partial.name)
    kept = beside if os.path.realpath(beside) == str(partial) else partial
    if sys.stderr is not None:
        print(f"wbc-edge: the rows so far are in {printable(str(kept))}", file=sys.stderr)


@contextmanager
def _closed(stream: TextIO, path: str) -> Iterator[None]:
    try:
        yield
    finally:
        # What it still holds is written then.
        try:
            stream.close()
        except OSError as error:
            raise unwritable(path, error) from error


def check_target(path: str | Path, what: str, read: Iterable[str | Path | None] = ()) -> None:
    """Find before work is done what is in the way of writing its result to a file.

    Args:
        path: the file.
        what: the result, as errors call it.
        read: files that the work goes by.

    Raises:
        UsageError: no file can be written there, or it is one that nobody means to replace: a
            picture, a model, or one of those `read`.
    """
    check_writable(path)
    target = Path(path)
    if not is_direct(str(path), target) and (kind := precious(target)):
        raise UsageError(f"{path} is a {kind}, which the {what} would replace; name another")
    for other in read:
        if other is not None and os.path.realpath(path) == os.path.realpath(other):
            raise UsageError(f"{path} is read, and the {what} would replace it; name another")


def precious(path: Path) -> str | None:
    """What a file is that nobody means to replace by rows, by its name or its content."""
    from wbc_edge.container import sniff
    from wbc_edge.decoding import is_picture

    if path.suffix.lower() in SUFFIXES:
        return "picture"
    try:
        with path.open("rb") as file:
            if is_picture(file.read(256)):
                return "picture"
        sniff(path)
    except (OSError, ModelError):
        return None
    return "model"
