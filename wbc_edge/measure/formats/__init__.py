"""The forms that a report can take: a new one is one file and one line in `FORMATS`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from wbc_edge.destination import precious
from wbc_edge.errors import UsageError
from wbc_edge.files import is_direct, replace
from wbc_edge.measure.formats import html, json, markdown, table
from wbc_edge.measure.report import Report
from wbc_edge.text import encodable

FORMATS: dict[str, Callable[[Report], str]] = {
    "table": table.render,
    "json": json.render,
    "md": markdown.render,
    "html": html.render,
}
# What `--report FILE` may end in.
SUFFIXES = {".html": "html", ".json": "json", ".md": "md", ".txt": "table"}


def render(report: Report, form: str) -> str:
    """The report as text that ends in a newline. Raises UsageError for an unknown form."""
    if form not in FORMATS:
        raise UsageError(f"there is no format {form!r}; choose {', '.join(FORMATS)}")
    return encodable(FORMATS[form](report))


def form_of(path: str | Path) -> str:
    """The form that a file's ending stands for. Raises UsageError where it stands for none."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(
            f"a report ends in {', '.join(SUFFIXES)}, not {suffix or 'nothing'}: {path}"
        )
    return SUFFIXES[suffix]


def check_target(path: str | Path, read: Iterable[str | Path | None] = ()) -> None:
    """Find before the minutes of a benchmark, not after, what is in the way of writing its report.

    Raises:
        UsageError: an ending that stands for no form, a place where no file can be written, or a
            file that nobody means to replace: a picture, a model, or one of those `read`.
    """
    form_of(path)
    check_writable(path)
    target = Path(path)
    if not is_direct(str(path), target) and (kind := precious(target)):
        raise UsageError(f"{path} is a {kind}, which the report would replace; name another")
    for other in read:
        if other is not None and os.path.realpath(path) == os.path.realpath(other):
            raise UsageError(f"{path} is read, and the report would replace it; name another")


def check_writable(path: str | Path) -> None:
    """Find out, without leaving anything behind, whether a file can be written.

    Raises:
        UsageError: it cannot.
    """
    target = Path(path)
    try:
        try:
            # A pipe that nobody reads would be waited for.
            os.close(os.open(target, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)))
        except FileNotFoundError:
            with tempfile.TemporaryFile(dir=target.parent):
                pass
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def write_all(report: Report, paths: Iterable[str | Path]) -> None:
    """Write the report to every file. Raises UsageError for the first that it failed with."""
    failures = []
    for path in paths:
        try:
            write(report, path)
        except UsageError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def write(report: Report, path: str | Path) -> None:
    """Write the report in the form that the file's ending stands for. Raises UsageError.

    A file that was there stays as it was where that fails.
    """
    write_text(render(report, form_of(path)), path)


def write_text(text: str, path: str | Path) -> None:
    """Write a page, or leave the file as it was. Raises UsageError."""
    try:
        replace(path, text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
