"""The forms that a report can take: a new one is one file and one line in `FORMATS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from wbc_edge import destination, files
from wbc_edge.errors import UsageError
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
        UsageError: an ending that stands for no form, or as `destination.check_target`.
    """
    form_of(path)
    destination.check_target(path, "report", read)


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
    files.save(path, render(report, form_of(path)))
