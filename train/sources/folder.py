"""A folder per class: `ROOT/<label>/**/<picture>`; PBC and most public sets come like this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from train.sources.sample import LeftOut, Sample
from wbc_edge.errors import UsageError
from wbc_edge.inputs import files, is_input, is_picture, walk

PARTS = frozenset(("train", "training", "val", "valid", "validation", "test", "testing"))
"""What the folders of a set are called that comes in parts, each with a folder per class."""


def read(root: Path) -> list[Sample]:
    """Every picture below `root`, labelled by the first folder under it, in order of path.

    Found as `wbc-edge classify` finds them: links are followed, hidden entries left out.

    Raises:
        UsageError: a folder cannot be listed, or its folders are the parts of a split, within which
            those of the classes lie.
    """
    found = [
        Sample(key=key, path=path, label=label, group=key)
        for path, label, key in listed(root, is_picture)
        if label
    ]
    _check_classes(root, found)
    return found


def _check_classes(root: Path, found: Sequence[Sample]) -> None:
    """Nobody means to tell the cells of a training part from those of a test part."""
    labels = sorted({sample.label for sample in found})
    if not PARTS.issuperset(label.casefold() for label in labels):
        return
    if any(sample.key.count("/") > 1 for sample in found):
        largest = Counter(sample.label for sample in found).most_common(1)[0][0]
        raise UsageError(
            f"{root}: its folders {', '.join(labels)} are the parts of a split, not classes; name "
            f"one of them, such as {root / largest}, to train on (its cells are parted anew), and "
            "another to evaluate on, by --data and --part all"
        )


def left_out(root: Path) -> list[LeftOut]:
    """What looks like a cell and is none: pictures of no class, or of formats that are not read."""
    found = []
    for path, label, key in listed(root, is_input):
        if not is_picture(path.name):
            found.append(
                LeftOut(key=key, path=path, reason=f"a format that is not read: {path.suffix}")
            )
        elif not label:
            found.append(LeftOut(key=key, path=path, reason="no class: it lies beside the folders"))
    return found


def empty(root: Path) -> list[str]:
    """The folders of classes in which there is no picture; each is searched up to its first."""
    return sorted(
        entry.name
        for entry in root.iterdir()
        if entry.is_dir()
        and not entry.name.startswith(".")
        and next(walk(str(entry)), None) is None
    )


def listed(root: Path, wanted: Callable[[str], bool]) -> list[tuple[Path, str, str]]:
    """The files with a wanted name, with their class, "" where it has none, and their key.

    Raises:
        UsageError: a folder cannot be listed.
    """
    try:
        paths = sorted(files(root, wanted))
    except OSError as error:
        raise UsageError(f"{error.filename}: this folder cannot be listed") from error
    inside = [path.relative_to(root) for path in paths]
    return [
        (path, key.parts[0] if len(key.parts) > 1 else "", key.as_posix())
        for path, key in zip(paths, inside, strict=True)
    ]
