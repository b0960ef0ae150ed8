"""Files of text that a user names, none of them endless."""

from __future__ import annotations

from pathlib import Path

MOST = 64 << 20
"""Bytes that no report and no table has."""


def read(path: str | Path) -> str:
    """The text of a file in UTF-8, with or without its mark, line ends as they are.

    Raises OSError, and ValueError where it is none, or larger than `MOST`, as a device is.
    """
    with Path(path).open("rb") as file:
        content = file.read(MOST + 1)
    if len(content) > MOST:
        raise ValueError(f"it is larger than {MOST >> 20} MB")
    return content.decode("utf-8-sig")
