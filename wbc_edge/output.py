"""Rows -> text: a table for people, JSON lines and CSV (RFC 4180) for programs.

A format is a class with `write(row)`, made with the stream, the labels and what to show of each
answer; a new one is one class and one line in `FORMATS`. Every row is written as it comes.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from wbc_edge.errors import ModelError, UsageError
from wbc_edge.inputs import SUFFIXES

if TYPE_CHECKING:
    from wbc_edge.classifier import Prediction, Row


_IN_PLACE_OF_A_CLASS = {"doubtful": "unclassified", "not_a_cell": "no cell"}

_FURTHER = "  "
"""What the classes after the best are set in by, in a table."""

_OPENED = ("/dev/fd/", "/dev/std", "/proc/")
"""How the paths begin by which a shell passes on what it has opened."""

_REMARKS = {"doubtful": "below the threshold", "not_a_cell": "like no known cell"}


PARTIAL = ".partial"
"""How the names of files end that were not finished."""


def shown(answer: Prediction) -> str:
    """An answer's class, or what stands in its place where the model abstained."""
    return _IN_PLACE_OF_A_CLASS[answer.reason] if answer.reason else answer.label


class Writer(Protocol):
    """Writes rows in one format."""

    def write(self, row: Row) -> None:
        """Write one row."""


class Table:
    """Fixed columns with the path last, so that it is aligned from the first row on.

    On a terminal a path is shortened from its left to fit the line; piped, it stays whole. What
    there is to say of a row, and with `top_k` its next classes, stand on lines of their own.
    """

    def __init__(self, stream: TextIO, labels: Sequence[str], top_k: int | None) -> None:
        self._stream = stream
        self._top_k = top_k or 1
        further = [_FURTHER + name for name in labels] if self._top_k > 1 else []
        self._label_width = max(map(len, (*labels, *further, "unclassified")))
        self._path_width = _terminal_width(stream) - self._label_width - 13
        self._line("class", "confidence", "image")

    def write(self, row: Row) -> None:
        """Write one row."""
        answer = row.prediction
        if answer is None:
            self._line("error", "", self._fitted(row.path))
            if row.error is not None:
                self._remark(row.error.reason)
            return
        self._line(shown(answer), _percent(answer.confidence), self._fitted(row.path))
        for name, probability in _best(answer.probabilities, self._top_k)[1:]:
            self._line(_FURTHER + name, _percent(probability), "")
        if answer.reason:
            self._remark(f"{_REMARKS[answer.reason]}; the nearest class is {answer.label}")
        for note in row.notes:
            self._remark(note)

    def _line(self, label: str, confidence: str, path: str) -> None:
        print(f"{label:<{self._label_width}} {confidence:>10}  {path}".rstrip(), file=self._stream)

    def _remark(self, sentence: str) -> None:
        from textwrap import wrap

        for line in wrap(printable(sentence), max(24, 80 - self._label_width - 13)):
            self._line("", "", line)

    def _fitted(self, path: str) -> str:
        path = printable(path)
        if self._path_width < 8 or len(path) <= self._path_width:
            return path
        return "\N{HORIZONTAL ELLIPSIS}" + path[1 - self._path_width :]


class JSONLines:
    """One JSON object a line, with the keys of `Row.to_dict`; `top_k` keeps the best classes."""

    def __init__(self, stream: TextIO, _labels: Sequence[str], top_k: int | None) -> None:
        self._stream = stream
        self._top_k = top_k

    def write(self, row: Row) -> None:
        """Write one row."""
        import json

        content = row.to_dict()
        if self._top_k and row.prediction:
            content["probabilities"] = dict(_best(row.prediction.probabilities, self._top_k))
        try:
            text = json.dumps(content, ensure_ascii=False)
            text.encode()
        except UnicodeEncodeError:  # a path that is no UTF-8: its bytes as \udcXX escapes
            text = json.dumps(content)
        self._stream.write(text + "\n")


class CSV:
    """One record a row; a column for each class, which `top_k` leaves empty beyond the best."""

    where: tuple[str, ...] = ("path",)
    """Names of the columns that tell what a row is of (`Row.place`)."""

    def __init__(self, stream: TextIO, labels: Sequence[str], top_k: int | None) -> None:
        import csv

        self._labels = labels
        self._top_k = top_k or len(labels)
        self._csv = csv.writer(stream)  # its own line end is RFC 4180's
        told = ("label", "confidence", "abstained", "reason", "looks")
        others = ("error_code", "error_message", "notes")
        self._csv.writerow((*self.where, *told, *others, *labels))

    def write(self, row: Row) -> None:
        """Write one row."""
        answer, error = row.prediction, row.error
        best = dict(_best(answer.probabilities, self._top_k)) if answer else {}
        self._csv.writerow(
            (
                *row.place(),
                answer.label if answer else "",
                answer.confidence if answer else "",
                str(answer.abstained).lower() if answer else "",
                answer.reason or "" if answer else "",
                answer.looks if answer else "",
                error.code if error else "",
                error.reason if error else "",
                "; ".join(row.notes),
                *(best.get(label, "") for label in self._labels),
            )
        )


FORMATS: dict[str, Callable[[TextIO, Sequence[str], int | None], Writer]] = {
    "table": Table,
    "jsonl": JSONLines,
    "csv": CSV,
}


def form_of(path: str | None) -> str | None:
    """The form of `FORMATS` that a file's name asks for; None where it ends in another's ending.

    A table is what a terminal gets, and a file that is named .txt or has no ending.
    """
    ending = "" if path is None else Path(path).suffix.lower().removeprefix(".")
    if ending in ("", "txt"):
        return "table"
    return ending if ending in FORMATS and ending != "table" else None


@contextmanager
def opened(path: str | None) -> Iterator[TextIO]:
    """The stream for results: standard output, also as "-", or a file that appears when complete.

    Of a command that was stopped the rows so far stay beside it, as FILE.partial. Text is UTF-8,
    with the bytes of file names that are not kept as they are. Raises UsageError where the file
    cannot be written, or is a picture or a model now.
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
    try:
        target = Path(os.path.realpath(path))
        direct = _is_direct(path, target)
        if not direct and (kind := _precious(target)):
            fault = f"is a {kind}, which rows would replace"
            if not target.exists():
                fault = f"is the name of a {kind}"
            raise UsageError(f"{path} {fault}; name another --output")
        stream = _appended(path) if direct else _partial(target)
    except OSError as error:
        raise unwritable(path, error) from error
    if direct:
        with _closed(stream, path):
            yield stream
        return
    partial = Path(stream.name)
    try:
        with _closed(stream, path):
            yield stream
        _put(partial, target, path)
    except BaseException:
        # What was answered is worth its time, also where it did not come to the end.
        _keep(partial, path)
        raise


def replace(path: str | Path, text: str) -> None:
    """Gives a file this content, or, where the disk is full, leaves it as it was.

    A device, a pipe or what a shell has opened is written to, and so is a file beside which no
    other may be put. Raises OSError, and UsageError where the new content was left beside it.
    """
    target = Path(os.path.realpath(path))
    if _is_direct(str(path), target):
        with _appended(str(path)) as stream:
            stream.write(text)
        return
    try:
        stream = _partial(target)
    except PermissionError:
        if not target.exists():
            raise
        target.write_text(text, encoding="utf-8")
        return
    try:
        with stream:
            stream.write(text)
    except BaseException:
        Path(stream.name).unlink(missing_ok=True)
        raise
    _put(Path(stream.name), target, str(path))


def _is_direct(path: str, target: Path) -> bool:
    """A device, a pipe or what a shell has opened is written to, at its end, never replaced."""
    return path.startswith(_OPENED) or (target.exists() and not target.is_file())


def _appended(path: str) -> TextIO:
    return Path(path).open("a", encoding="utf-8", errors="surrogateescape", newline="")


def _partial(target: Path) -> TextIO:
    """A file beside the target that nobody else has, nor may read yet.

    It has the name under which it is to be found should the machine stop. Rows of an earlier
    command that was stopped are worth as much, and stay.
    """
    for name in chain([target.name], (f"{target.name}-{number}" for number in count(2))):
        try:
            return open(
                target.with_name(name + PARTIAL),
                "x",
                encoding="utf-8",
                errors="surrogateescape",
                newline="",
                opener=lambda file, flags: os.open(file, flags, 0o600),
            )
        except FileExistsError:
            continue
        except OSError as error:
            short = f".{os.getpid()}"
            if error.errno != errno.ENAMETOOLONG or target.name == short:
                raise
            return _partial(target.with_name(short))
    raise AssertionError  # numbers do not end


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _put(partial: Path, target: Path, path: str) -> None:
    """Gives the target, whose rights stay, the content of the partial file, which goes."""
    with suppress(OSError):  # a file system may have no rights, or rows no owner
        partial.chmod(target.stat().st_mode if target.exists() else 0o666 & ~_umask())
    try:
        partial.replace(target)
    except OSError:
        # Nothing may take the place of a file that is mounted, or another's in a shared folder.
        try:
            target.write_bytes(partial.read_bytes())
        except OSError as error:
            raise unwritable(path, error) from error
        partial.unlink(missing_ok=True)


def _keep(partial: Path, path: str) -> None:
    """Leaves the rows so far, for others to read as well; without any, nothing."""
    try:
        if not partial.stat().st_size:
            partial.unlink()
            return
    except OSError:  # it is where it belongs already
        return
    with suppress(OSError):
        partial.chmod(0o666 & ~_umask())
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


@contextmanager
def writing(path: str | None) -> Iterator[None]:
    """What fails within is that rows cannot be written; a reader that left is another matter."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: str | None, error: OSError) -> UsageError:
    """What is said where rows cannot be written, as on a full disk."""
    return UsageError(f"cannot write {path or 'the answers'}: {error.strerror}")


def _precious(path: Path) -> str | None:
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


def printable(text: str) -> str:
    """Text without control characters, which could steer a terminal; they show as escapes."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def encodable(text: str) -> str:
    """Text that UTF-8 can hold: bytes of file names that are none show as JSON reads them back."""
    return text.encode(errors="backslashreplace").decode()


def columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Short rows of text as aligned lines; the columns numbered in `right` are set to the right.

    A cell is one line, whatever a model's card makes of it.
    """
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = (
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _best(probabilities: dict[str, float], count: int) -> list[tuple[str, float]]:
    return sorted(probabilities.items(), key=lambda item: -item[1])[:count]


def _percent(probability: float) -> str:
    # Cut, not rounded: 100.0 % is said of certainty only.
    return f"{int(probability * 1000) / 10:.1f} %"


def _terminal_width(stream: Any) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 10**9
    except (OSError, ValueError):
        return 10**9
