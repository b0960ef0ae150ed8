"""What a user names on the command line -> the inputs meant, one by one and in order."""

# Paths stay strings, exactly as they were given: they are shown again, and there are thousands.
# ruff: noqa: PTH110, PTH112, PTH116, PTH118, PTH122, PTH123, PTH206, PTH208

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, cast

from wbc_edge.errors import InputError, UsageError

if TYPE_CHECKING:
    from typing import BinaryIO

    from wbc_edge.image import Source

STANDARD_INPUT = "-"

SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
        *(".png", ".bmp", ".dib", ".tif", ".tiff", ".webp"),
    }
)
"""What is taken for a picture inside a folder, in any case; a file named outright always is."""

UNREAD = frozenset(
    {
        *(".gif", ".heic", ".heif", ".hif", ".avif", ".jxl", ".psd", ".tga", ".ico"),
        *(".jp2", ".j2k", ".jpx", ".jpf", ".ppm", ".pgm", ".pbm", ".pnm"),
        *(".dng", ".nef", ".cr2", ".cr3", ".arw", ".orf", ".raf", ".rw2", ".pef", ".srw"),
        *(".czi", ".svs", ".ndpi", ".dcm"),
    }
)
"""What people keep pictures in that is not read: its row says so, where silence would hide it."""

HEAT_MAP, MARKED = ".heat.png", ".cells.png"
"""How the names of the pictures end that are drawn by `wbc_edge.explain` and `wbc_edge.marking`;
named outright, one is taken."""

SOFTWARE = ("Software", "wbc-edge")
"""What these pictures say of themselves, in a text chunk before their pixels."""

_MAGIC = re.compile(r"[*?\[]")


class StandardInput:
    """The bytes on standard input, as one picture called "-"."""

    name = STANDARD_INPUT

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes. Raises OSError where there is no standard input."""
        if sys.stdin is None:
            raise OSError("standard input is closed")
        return sys.stdin.buffer.read(size)


def expand(arguments: Sequence[str]) -> Iterator[Source]:
    """The inputs that files, folders, patterns and "-" stand for, lazily.

    Folders are walked to their depth, each in natural order (`cell2` before `cell10`), hidden
    entries left out; one folder's names are held at a time for each level. Patterns that the shell
    left alone are expanded, `**` included. A file that is not there is given all the same: its row
    says so, as does that of a folder or pattern with no picture beside other inputs. Alone, such a
    one raises UsageError before anything is given; so does an empty name, and standard input twice.
    """
    if "" in arguments:
        raise UsageError("an empty name is no file: is a variable of the shell not set?")
    if arguments.count(STANDARD_INPUT) > 1:
        raise UsageError("standard input holds one picture: name it once")
    if len(arguments) > 1:
        return chain.from_iterable([_meant_or_told(argument) for argument in arguments])
    found = _meant(arguments[0])
    if isinstance(found, Nothing):
        raise UsageError(f"{found.name}: {found.reason}")
    return found


def natural(name: str) -> tuple[str, str]:
    """A sort key by which numbers inside names count as numbers."""
    return re.sub("[0-9]+", lambda digits: digits[0].zfill(20), name.casefold()), name


def is_drawing(path: str) -> bool:
    """Whether a file is what --explain and --draw have drawn, by its name and its beginning."""
    if not path.lower().endswith((HEAT_MAP, MARKED)):
        return False
    try:
        with open(path, "rb") as file:
            return "\0".join(SOFTWARE).encode() in file.read(256)
    except OSError:
        return False


def is_picture(path: str) -> bool:
    """Whether a file inside a folder is taken for a picture to classify, by its name."""
    return os.path.splitext(path.lower())[1] in SUFFIXES and not is_drawing(path)


def is_input(path: str) -> bool:
    """Whether a file inside a folder that is to be classified gets a row, by its name."""
    return is_picture(path) or os.path.splitext(path.lower())[1] in UNREAD


def walk(folder: str, wanted: Callable[[str], bool] = is_picture) -> Iterator[str]:
    """The files below a folder whose paths are wanted, lazily, each folder in natural order.

    Links are followed, but not back up; hidden entries are left out. A folder that cannot be
    listed, or a link to one that is not there, is given itself: neither is passed over in silence.
    """
    levels = [_listing(folder, (), wanted)]
    while levels:
        for path, trail in levels[-1]:
            if trail is None:
                yield path
            else:
                levels.append(_listing(path, trail, wanted))
                break
        else:
            levels.pop()


def files(folder: str | Path, wanted: Callable[[str], bool] = is_picture) -> list[Path]:
    """What `walk` finds, at once; also a link that leads nowhere, which its reader will tell of.

    Raises OSError, which names it, for a folder that cannot be listed.
    """
    found = []
    for path in walk(str(folder), wanted):
        if os.path.isdir(path):
            os.scandir(path).close()  # walk gives what it cannot list: this says why
        else:
            found.append(Path(path))
    return found


class Nothing:
    """A folder or pattern without a picture: what a row says of it beside other inputs."""

    def __init__(self, name: str, reason: str, code: str) -> None:
        self.name = name
        self.reason = reason
        self._code = code

    def read(self, _size: int = -1) -> bytes:
        """Raises InputError."""
        raise InputError(self.reason, code=self._code)


def _meant(argument: str) -> Iterator[Source] | Nothing:
    if argument == STANDARD_INPUT:
        return iter((cast("BinaryIO", StandardInput()),))
    if os.path.isdir(argument):
        return _begun(walk(argument, is_input)) or Nothing(
            argument, _empty(argument), "is_a_directory"
        )
    if _MAGIC.search(argument) and not os.path.lexists(argument):
        return _begun(_matches(argument)) or Nothing(argument, "no image matches", "not_found")
    return iter((argument,))


def _empty(folder: str) -> str:
    drawn = next(walk(folder, is_drawing), None)
    return "there are no images in this folder" + (
        "" if drawn is None else " but those that --draw or --explain has drawn"
    )


def _meant_or_told(argument: str) -> Iterator[Source]:
    found = _meant(argument)
    return iter((cast("BinaryIO", found),)) if isinstance(found, Nothing) else found


def _begun(paths: Iterator[str]) -> Iterator[str] | None:
    """The same paths, the first one found already; None where there is none."""
    first = next(paths, None)
    return None if first is None else chain((first,), paths)


def _matches(pattern: str) -> Iterator[str]:
    """The inputs that a pattern stands for, and every folder that could not be searched for them.

    Not by `glob`, which says nothing of such folders, and with `**` follows a link to a folder
    above for as long as paths can be.
    """
    drive, rest = os.path.splitdrive(pattern.replace(os.altsep or os.sep, os.sep))
    parts = rest.split(os.sep)
    top = drive + os.sep if rest.startswith(os.sep) else drive
    deep = parts.index("**") if "**" in parts else len(parts)
    inside = parts[deep:] or ["**"]  # all that a folder holds which the pattern names
    for found in sorted(_named(top, parts[:deep]), key=natural):
        if os.path.isdir(found or os.curdir):
            below = os.path.join(found or os.curdir, "")
            for path in walk(found or os.curdir, is_input):
                if _fits(path[len(below) :].split(os.sep), inside) or os.path.isdir(path):
                    yield path if found else path[len(below) :] or path
        elif deep == len(parts) and is_input(found):
            yield found


def _named(folder: str, parts: Sequence[str]) -> Iterator[str]:
    """The paths from a folder on that match parts of a pattern; one that cannot be listed, too."""
    from fnmatch import fnmatch

    if not parts:
        yield folder
        return
    part, rest = parts[0], parts[1:]
    path = os.path.join(folder, part)
    is_there = os.path.lexists(path or os.curdir)
    if is_there or not _MAGIC.search(part):
        if is_there:
            yield from _named(path, rest)
        return
    try:
        names = sorted(os.listdir(folder or os.curdir))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError:
        yield folder
        return
    for name in names:
        if fnmatch(name, part) and (part.startswith(".") or not name.startswith(".")):
            yield from _named(os.path.join(folder, name), rest)


def _fits(names: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether the parts of a path match those of a pattern, `**` standing for any number."""
    from fnmatch import fnmatch

    if not pattern:
        return not names
    if pattern[0] == "**":
        return len(pattern) == 1 or any(
            _fits(names[skipped:], pattern[1:]) for skipped in range(len(names))
        )
    return bool(names) and fnmatch(names[0], pattern[0]) and _fits(names[1:], pattern[1:])


Trail = tuple[tuple[int, int], ...]


def _listing(
    folder: str, above: Trail, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, Trail | None]]:
    """(path, None) for what is to be given, (path, the folders it lies in) for what to descend."""
    try:
        status = os.stat(folder)
        here = (status.st_dev, status.st_ino)
        if here in above:  # a link back up
            return
        with os.scandir(folder) as entries:
            folders, names = set(), []
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if _is_folder(entry):
                    folders.add(entry.name)
                    names.append(entry.name)
                elif wanted(entry.path) or _was_folder(entry):
                    names.append(entry.name)
    except OSError:
        yield folder, None
        return
    names.sort(key=natural)
    for name in names:
        yield os.path.join(folder, name), (*above, here) if name in folders else None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _was_folder(entry: os.DirEntry[str]) -> bool:
    """A link that leads nowhere, named as folders are: to a drive, perhaps, that is not there."""
    return (
        not os.path.splitext(entry.name)[1]
        and entry.is_symlink()
        and not os.path.exists(entry.path)
    )
