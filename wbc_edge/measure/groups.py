"""Which labelled images belong together: only those that do not are evidence of their own.

Copies of one file are one image, however often they lie in a folder; cells of one slide or patient
share its stain and its light. Counted as independent, they would make every interval too narrow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from wbc_edge.errors import UsageError
from wbc_edge.measure import csv_table
from wbc_edge.measure.together import together

FILE, GROUP = "file", "group"
"""The columns of a table of groups, as training has them; it may have others."""


def read(file: str | Path) -> dict[str, str]:
    """The group of each file that a CSV table names, by its path below the folder of images.

    Raises:
        UsageError: there is no such table, it is not text, it lacks a column or a value, or tells
            two groups of one file.
    """
    return csv_table.read_unique(Path(file), (FILE, GROUP), _told)


def _told(row: Mapping[str, str]) -> tuple[str, str]:
    if not row[FILE].strip() or not row[GROUP].strip():
        raise ValueError("names no file, or no group; leave out what is not known")
    return PurePath(row[FILE]).as_posix(), row[GROUP]


_COPIES = "file "
"""How groups begin that nobody told of: their images have the same bytes."""


def are_copies(group: str) -> bool:
    """Whether the images of a group, as `gather` names it, are one file under several names."""
    return group.startswith(_COPIES)


def gather(
    folder: Path,
    paths: Sequence[str],
    contents: Sequence[str],
    told: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """The group of each image: the one that is told of it or of a copy, else a name of its own.

    Groups that hold copies of one file are one.

    Args:
        folder: of the images.
        paths: from there on, with slashes.
        contents: of each the `digests`.
        told: as `read` gives them.

    Raises:
        UsageError: of the files that a group is told of, none is among the images; `strays` counts
            them where it is some.
    """
    told = told or {}
    if told and told.keys().isdisjoint(paths):
        raise UsageError(
            f"none of the images in {folder} has a group: paths are told from there on, "
            f"such as {paths[0]}"
        )
    content = dict(zip(paths, contents, strict=True))

    def marks(path: str) -> Iterator[tuple[str, object]]:
        yield "content", content[path]
        if path in told:
            yield "group", told[path]

    group: dict[str, str] = {}
    for family in together(paths, marks):
        named = next((told[path] for path in family if path in told), None)
        # A path of its own may be the name of another group.
        name = f"{_COPIES}{family[0]}" if named is None else f"group {named}"
        group |= dict.fromkeys(family, name)
    return tuple(group[path] for path in paths)


def strays(paths: Iterable[str], told: Mapping[str, str]) -> int:
    """How many files a group is told of that are none of these: misspelt, or of another set."""
    return len(told.keys() - set(paths))


def digests(folder: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Of each file, 128 bits of the SHA-256 of its bytes in hex: what tells it from the others."""
    return tuple(_digest(folder / path) for path in paths)


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    except OSError:  # it was there when it was answered
        return f"gone: {path}"
