"""Readers of labelled cells, one file per layout, and the registry that names them.

A source is given on the command line as `[READER:]PATH[,OPTION=VALUE...][@WEIGHT]`, for example
`data/pbc`, `chula:data/chula@0.12` or `pbc:data/pbc,classes=basophil+monocyte@0.8`. Without a
reader it is told from the folder, else `folder`; the weight is the share of the source in a
training batch, in parts of the weights of all sources, and defaults to its share of the samples.
The options:

classes=A+B       only the cells of these classes
without=TABLE     without the pictures whose copies are Kaggle's TEST by a table `original_of.csv`,
                  and without those that show the same scene
labels=TABLE      the pictures that a table with columns file and label names, in whatever folders
                  they lie; file is a path relative to PATH, or a whole one
groups=TABLE      groups of cells that must not be parted, by a table with columns file (a path
                  relative to PATH) and group
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from pathlib import Path

from train.sources import bccd, chula, folder, groups, kaggle, labels, originals, pbc
from train.sources.sample import LeftOut, Sample
from wbc_edge.errors import UsageError
from wbc_edge.text import encodable, printable

Reader = Callable[[Path], list[Sample]]

READERS: dict[str, Reader] = {
    "folder": folder.read,
    "pbc": pbc.read,
    "chula": chula.read,
    "bccd": bccd.read,
    "kaggle": kaggle.read,
}

SIGNS: dict[str, tuple[str, ...]] = {
    "chula": ("crops", "index.csv"),
    "bccd": ("Annotations", "JPEGImages", "labels.csv"),
    "kaggle": ("TRAIN", "TEST"),
}
"""What a folder holds whose reader need not be named."""

LEFT_OUT: dict[str, Callable[[Path], list[LeftOut]]] = {
    "bccd": bccd.left_out,
    "folder": folder.left_out,
    "pbc": folder.left_out,
}
"""Readers that pass over pictures, and what tells which, and why."""

EMPTY: dict[str, Callable[[Path], list[str]]] = {"folder": folder.empty, "pbc": folder.empty}
"""Readers of folders per class, and what tells which hold no picture."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source of cells: how to read it, where it lies and its share of a training batch.

    `classes`, `without`, `labels` and `groups` are the options of this module's docstring; empty or
    None is "no such option".
    """

    reader: str
    path: Path
    weight: float | None = None
    classes: tuple[str, ...] = ()
    without: Path | None = None
    labels: Path | None = None
    groups: Path | None = None

    @property
    def name(self) -> str:
        """The folder's own name, by which splits, metrics and cards call the source."""
        return self.path.resolve().name

    def read(self) -> list[Sample]:
        """All labelled cells of the source that its options leave.

        Raises:
            UsageError: the folder is missing or holds no labelled cell, a class that it does not
                hold is asked for, or a table cannot be read or names a file of another source.
        """
        if not self.path.is_dir():
            raise UsageError(f"{self.path}: no such folder of cells")
        if self.labels is not None:
            samples = labels.read(self.path, self.labels)
        else:
            samples = READERS[self.reader](self.path)
        if not samples:
            by = f"the reader '{self.reader}'" if self.labels is None else str(self.labels)
            raise UsageError(f"{self.path}: {by} found no labelled cell in it")
        for sample in samples:
            if encodable(name := str(sample.path)) != name:
                raise UsageError(
                    f"{encodable(name)}: its name is not UTF-8, as tables of cells are; rename it"
                )
        if self.groups is not None:
            # Before any cell is left out: a table may be that of the whole source.
            held = {item.key for item in samples} | {item.key for item in self.left_out()}
            samples = groups.apply(samples, groups.read(self.groups, held))
        if self.classes:
            present = {sample.label for sample in samples}
            for label in self.classes:
                if label not in present:
                    raise UsageError(
                        f"{self.path}: no cell of class '{label}'; "
                        f"there are {', '.join(sorted(present))}"
                    )
            samples = [sample for sample in samples if sample.label in self.classes]
        if held_out := self.held_out():
            samples = [sample for sample in samples if sample.original not in held_out]
        return samples

    def held_out(self) -> frozenset[str]:
        """Names of the originals that `without` leaves out.

        Raises:
            UsageError: the table cannot be read.
        """
        if self.without is None:
            return frozenset()
        return originals.read(self.without).held_out()

    def left_out(self) -> list[LeftOut]:
        """The pictures that the reader, or the table of labels, passes over, and why."""
        if self.labels is not None:
            return labels.left_out(self.path, self.labels)
        return LEFT_OUT[self.reader](self.path) if self.reader in LEFT_OUT else []

    def empty(self) -> list[str]:
        """The folders that stand for a class and hold no picture."""
        if self.labels is not None or self.reader not in EMPTY:
            return []
        return EMPTY[self.reader](self.path)

    def __str__(self) -> str:
        classes = f",classes={'+'.join(self.classes)}" if self.classes else ""
        tables = "".join(
            f",{name}={_unweighted(path)}"
            for name, path in (
                ("without", self.without),
                ("labels", self.labels),
                ("groups", self.groups),
            )
            if path is not None
        )
        where = _unweighted(self.path)
        return f"{self.reader}:{where}{classes}{tables}{self._share()}"

    def _share(self) -> str:
        if self.weight is None:
            return ""
        short = f"{self.weight:g}"
        return f"@{short if float(short) == self.weight else repr(self.weight)}"


def check_names(sources: Iterable[Source]) -> None:
    """Make sure that each source has a name of its own: splits and figures are kept by it.

    Raises:
        UsageError: two sources are called the same.
    """
    for name, count in Counter(source.name for source in sources).items():
        if count > 1:
            raise UsageError(f"two sources are called '{name}'; give folders of different names")


_OPTION = re.compile(r",(classes|without|labels|groups)=")


def parse(text: str) -> Source:
    """A source from `[READER:]PATH[,OPTION=VALUE...][@WEIGHT]`.

    Raises:
        UsageError: unknown reader, a weight that is not a positive number, labels beside a reader
            that has its own, or a character that no path can have.
    """
    if not text:
        raise UsageError("an empty name is no folder of cells: is a variable of the shell not set?")
    if not _nameable(text):
        raise UsageError(f"{printable(text)}: has a character that no path can have")
    reader, separator, rest = text.partition(":")
    if not separator or reader not in READERS:
        # A drive letter or a plain path; a reader's name is never a single letter.
        if separator and len(reader) > 1 and "/" not in reader:
            raise UsageError(f"{text}: unknown reader '{reader}'; there are {', '.join(READERS)}")
        reader, rest = "", text
    where, weight = _weighted(rest)
    path, *pairs = _OPTION.split(where)
    if not path:
        raise UsageError(f"{text}: names no folder of cells")
    options = dict(zip(pairs[::2], pairs[1::2], strict=True))
    if "labels" in options and reader not in ("", "folder"):
        raise UsageError(f"{text}: labels from a table are of a folder; '{reader}' has its own")
    return Source(
        reader=reader or ("folder" if "labels" in options else _recognised(Path(path))),
        path=Path(path),
        weight=weight,
        classes=tuple(options["classes"].split("+")) if "classes" in options else (),
        without=Path(options["without"]) if "without" in options else None,
        labels=Path(options["labels"]) if "labels" in options else None,
        groups=Path(options["groups"]) if "groups" in options else None,
    )


def _nameable(text: str) -> bool:
    """Whether files can be called so: a configuration may hold any character."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _weighted(text: str) -> tuple[str, float | None]:
    rest, separator, share = text.rpartition("@")
    if not separator or "/" in share:  # a folder may be called jane@example.org
        return text, None
    try:
        weight = float(share)
    except ValueError:
        if _OPTION.search(rest):  # so may a class
            return text, None
        weight = 0.0
    if not 0 < weight < inf:
        raise UsageError(f"{text}: the weight after '@' has to be a positive number, not '{share}'")
    return rest, weight


def _unweighted(path: Path) -> str:
    """The path; after a slash, what follows an "@" in its own name is no weight."""
    return f"{path}/" if "@" in path.name else str(path)


def _recognised(path: Path) -> str:
    try:
        # As they are spelled: some file systems find `train` under the name of TRAIN.
        held = {entry.name for entry in path.iterdir()}
    except OSError:  # it is named where its cells are read
        held = set()
    return next((reader for reader, signs in SIGNS.items() if held.issuperset(signs)), "folder")
