"""Text as people and files can take it."""

from __future__ import annotations

from collections.abc import Sequence


def printable(text: str) -> str:
    """Text without control characters, which could steer a terminal; they show as escapes."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def encodable(text: str) -> str:
    """Text that UTF-8 can hold: bytes of file names that are none show as JSON reads them back."""
    return text.encode(errors="backslashreplace").decode()


def ending(text: str, width: int) -> str:
    """The end of a text that takes at most so many columns of a terminal."""
    if text.isascii():
        return text[max(len(text) - width, 0) :]
    from unicodedata import east_asian_width  # for names in such scripts alone

    start = len(text)
    while start and (width := width - (2 if east_asian_width(text[start - 1]) in "FW" else 1)) >= 0:
        start -= 1
    return text[start:]


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
