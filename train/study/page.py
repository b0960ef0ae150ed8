"""How a study is written down: a Markdown page with tables and notes, and JSON beside it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train import document
from wbc_edge import files
from wbc_edge.errors import UsageError
from wbc_edge.measure.formats.markdown import grid
from wbc_edge.wording import ABSENT

if TYPE_CHECKING:
    from PIL import Image

MARK = "Written by `"
"""By which a study's page is known."""


def check(path: Path, *, picture: bool = False) -> None:
    """Make sure, before any work, that a page can be written there; its folder is made.

    An earlier page of a study is replaced, with what lies beside it, and nothing else.

    Args:
        path: of the page.
        picture: the study puts one beside it (`picture_of`).

    Raises:
        UsageError: the name does not end in .md, its folder cannot be written to, or what lies
            there, or beside it where the figures and the picture go, is no study's.
    """
    if path.suffix != ".md":
        raise UsageError(f"--out {path}: the page's name has to end in .md")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {path}: {error.strerror}") from None
    files.check_writable(path)
    if path.is_file() and MARK not in path.read_text(encoding="utf-8", errors="replace"):
        raise UsageError(f"--out {path}: is there already and no page of a study; name another")
    if (figures := path.with_suffix(".json")).is_file():
        try:
            ours = {"command", "rows"} <= document.read(figures).keys()
        except UsageError:
            ours = False
        if not ours:
            raise UsageError(f"--out {path}: {figures} is there already and of no study")
    if picture and not path.exists() and (drawn := picture_of(path)).exists():
        raise UsageError(f"--out {path}: {drawn} is there already and of no study")


def picture_of(path: Path) -> Path:
    """Where the picture of a page lies."""
    return path.with_suffix(".jpg")


def write(
    path: Path,
    markdown: str,
    *,
    command: str,
    rows: Sequence[Mapping[str, Any]],
    picture: Image.Image | None = None,
) -> None:
    """Writes the page to `path`, and beside it the same figures (.json) and its picture (.jpg).

    Args:
        path: of the Markdown file; its folder is made if need be.
        markdown: the page.
        command: that makes it.
        rows: the figures.
        picture: that the page shows.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace(path, markdown)
    document.write(path.with_suffix(".json"), {"schema": 1, "command": command, "rows": rows})
    if picture is not None:
        with files.whole(picture_of(path)) as partial:
            picture.save(partial, quality=85)


def spelled(command: str, arguments: Iterable[object], options: Mapping[str, object]) -> str:
    """A command line: options that are None left out, those of a list repeated."""
    words = [*map(str, arguments)]
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            words += [] if one is None else [name, str(one)]
    return f"{command} {shlex.join(words)}"


def head(title: str, command: str) -> list[str]:
    """The lines that a page begins with."""
    return [f"# {title}", "", f"{MARK}{command}`.", ""]


def table(columns: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of texts."""
    return grid(columns, [[*row] for row in rows], names=len(columns))


def unfinished(known: Sequence[str], columns: Sequence[str]) -> list[str]:
    """A row of which only the first cells are known."""
    return [*known, "not finished", *[ABSENT] * (len(columns) - len(known) - 1)]


def notes(found: Iterable[str], machines: Iterable[str]) -> list[str]:
    """What has to be known about the rows, empty ones left out, and what they were trained on."""
    lines = [f"- {note}" for note in found if note]
    names = sorted(set(machines))
    return [*lines, f"- Trained on: {'; '.join(names)}."] if names else lines


def duration(seconds: float) -> str:
    """Minutes, or hours and minutes."""
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
