"""Rows -> text: a table for people, JSON lines and CSV (RFC 4180) for programs.

A format is a class with `write(row)`, made with the stream, the labels and what to show of each
answer; a new one is one class and one line in `FORMATS`. Every row is written as it comes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from wbc_edge.card import IN_PLACE_OF_A_CLASS
from wbc_edge.text import ending, printable
from wbc_edge.wording import percent

if TYPE_CHECKING:
    from wbc_edge.classifier import Prediction, Row


_FURTHER = "  "
"""What the classes after the best are set in by, in a table."""

_REMARKS = {"doubtful": "below the threshold", "not_a_cell": "like no known cell"}


def shown(answer: Prediction) -> str:
    """An answer's class, or what stands in its place where the model abstained."""
    return IN_PLACE_OF_A_CLASS[answer.reason] if answer.reason else answer.label


def _nearest(answer: Prediction) -> str:
    """Which class a picture without an answer comes nearest to, unless several are alike."""
    alike = list(answer.probabilities.values()).count(answer.confidence)
    return "" if alike > 1 else f"; the nearest class is {answer.label}"


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
        self._line(shown(answer), percent(answer.confidence, 1), self._fitted(row.path))
        for name, probability in _best(answer.probabilities, self._top_k)[1:]:
            self._line(_FURTHER + name, percent(probability, 1), "")
        if answer.reason:
            self._remark(_REMARKS[answer.reason] + _nearest(answer))
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
        if self._path_width < 8 or ending(path, self._path_width) == path:
            return path
        return "\N{HORIZONTAL ELLIPSIS}" + ending(path, self._path_width - 1)


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
        ours = (*self.where, *told, *others)
        classes = (f"probability of {label}" if label in ours else label for label in labels)
        self._csv.writerow((*ours, *classes))

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


def _best(probabilities: dict[str, float], count: int) -> list[tuple[str, float]]:
    return sorted(probabilities.items(), key=lambda item: -item[1])[:count]


def _terminal_width(stream: Any) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 10**9
    except (OSError, ValueError):
        return 10**9
