"""Labelled images: a folder per class, the folder's name being the label."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wbc_edge.errors import UsageError
from wbc_edge.inputs import files, is_drawing, is_input, natural


@dataclass(frozen=True, kw_only=True)
class Item:
    """One file and the class that its folder says it is."""

    path: Path
    label: str


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The files below a folder, class after class, each class in natural order of its paths."""

    folder: Path
    items: tuple[Item, ...]


def read(folder: str | Path, labels: Sequence[str]) -> Dataset:
    """List a folder per class; what counts in one is what `classify` has a row for.

    Those are files named as pictures are, but for hidden ones and our own drawings; where none is
    so named, all. A class without a folder simply has no images. Files beside the class folders (a
    manifest, a licence) are not part of the set. Whether a file is a readable image is found out by
    reading it.

    Args:
        labels: the classes of the model that will be judged. A folder must be named exactly so:
            "PMN" is not guessed to mean neutrophil, because a wrong guess is a wrong accuracy.

    Raises:
        UsageError: no such folder, one in it that cannot be listed, folders that are no label (all
            are named), or no file at all.
    """
    root = Path(folder)
    try:
        return _read(root, labels)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(
            f"{error.filename} is not a folder; --data needs one that holds a folder per class"
        ) from error
    except OSError as error:
        # Without its images the figures would be those of another set.
        raise UsageError(f"{error.filename} cannot be listed: {error.strerror}") from error


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """At most `count` of the items at equal distances, of each class about its share."""
    taken = min(count, len(items))
    return [items[(2 * number + 1) * len(items) // (2 * taken)] for number in range(taken)]


def _read(root: Path, labels: Sequence[str]) -> Dataset:
    """As `read` does. Raises OSError for a folder that cannot be listed."""
    with os.scandir(root) as entries:
        shown = [entry for entry in entries if not _hidden(entry.name)]
    classes = [Path(entry) for entry in shown if entry.is_dir()]
    for entry in shown:
        if entry.name in labels and entry.is_symlink() and not entry.is_dir():
            next(Path(entry).iterdir(), None)  # its drive, perhaps, is not there: this says so
    unknown = sorted(path.name for path in classes if path.name not in labels)
    if unknown:
        raise UsageError(
            f"{root} holds folders that are no class of the model: {', '.join(unknown)}; "
            f"rename or move them (the classes are {', '.join(labels)})"
        )
    classes.sort(key=lambda path: labels.index(path.name))
    items = _listed(classes, labels, is_input) or _listed(
        classes, labels, lambda path: not is_drawing(path)
    )
    if not items:
        raise UsageError(f"{root} holds no image in any class folder ({', '.join(labels)})")
    return Dataset(folder=root, items=items)


def _listed(
    classes: Sequence[Path], labels: Sequence[str], wanted: Callable[[str], bool]
) -> tuple[Item, ...]:
    items = []
    for folder in classes:
        for path in sorted(files(folder, wanted), key=lambda path: natural(str(path))):
            below = path.parent.relative_to(folder).parts
            if nested := [name for name in below if name in labels and name != folder.name]:
                raise UsageError(
                    f"{path.parent} is named as the class {nested[0]} and lies in the folder of "
                    f"{folder.name}: which of them are its images?"
                )
            items.append(Item(path=path, label=folder.name))
    return tuple(items)


def _hidden(name: str) -> bool:
    return name.startswith(".")
