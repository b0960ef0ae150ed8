"""Files that a user names: read whole where they are not endless, written whole or not at all.

`read`, `replace` and `save` are for text, `whole` for content that is made in a file; the rest are
steps that these have in common with where rows go (`wbc_edge.destination`).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import TextIO

from wbc_edge.errors import UsageError

PARTIAL = ".partial"
"""How the names of files end that were not finished."""

_OPENED = ("/dev/fd/", "/dev/std", "/proc/")
"""How the paths begin by which a shell passes on what it has opened."""

MOST = 64 << 20
"""Bytes that no report and no table of a user's has."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to make a file that takes the place of `path` when it is complete, in one step.

    The name ends as the file's own does, for those who go by it, and is as short as can be, for
    the file's may be as long as names can. What failed or was stopped leaves nothing, a kill the
    old file or the new. A link stays one, and a file's rights are kept.
    """
    path = Path(os.path.realpath(path))
    # Drawn, for processes of two machines, or of two containers, may have one number.
    partial = path.with_name(f".{os.urandom(4).hex()}{PARTIAL}{path.suffix}")
    try:
        yield partial
        with suppress(OSError):  # there is none yet, or the file system has no rights
            partial.chmod(path.stat().st_mode)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def torn(folder: Path) -> Iterator[Path]:
    """What `whole` is making in a folder, or was when its process was killed."""
    return folder.glob(f".*{PARTIAL}*")


def replace(path: str | Path, text: str) -> None:
    """Gives a file this content, or, where the disk is full, leaves it as it was.

    A device, a pipe or what a shell has opened is written to. A file beside which no other may be
    put, or that may not be replaced, is written itself, and is then cut short by a full disk: the
    whole content is left in another file, which the error names. Raises OSError and UsageError.
    """
    target = Path(os.path.realpath(path))
    if is_direct(str(path), target):
        with appended(str(path)) as stream:
            stream.write(text)
        return
    try:
        stream = begun(target)
    except OSError as error:
        if not stands_alone(target, error):
            raise
        stream = elsewhere(target)
    try:
        with stream:
            stream.write(text)
    except BaseException:
        Path(stream.name).unlink(missing_ok=True)
        raise
    put(Path(stream.name), target, str(path))


def save(path: str | Path, text: str) -> None:
    """Gives a file this content as `replace` does. Raises UsageError where that fails."""
    try:
        replace(path, text)
    except OSError as error:
        raise unwritable(str(path), error) from error


def check_writable(path: str | Path) -> None:
    """Find out, without leaving anything behind, whether a file can be written.

    Raises:
        UsageError: it cannot.
    """
    import tempfile

    target = Path(path)
    try:
        try:
            # A pipe that nobody reads would be waited for.
            os.close(os.open(target, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)))
        except FileNotFoundError:
            with tempfile.TemporaryFile(dir=target.parent):
                pass
    except OSError as error:
        raise unwritable(str(path), error) from error


def read(path: str | Path) -> str:
    """The text of a file in UTF-8, with or without its mark, line ends as they are.

    Raises OSError, and ValueError where it is none, or larger than `MOST`, as a device is.
    """
    with Path(path).open("rb") as file:
        content = file.read(MOST + 1)
    if len(content) > MOST:
        raise ValueError(f"it is larger than {MOST >> 20} MB")
    return content.decode("utf-8-sig")


def stands_alone(target: Path, error: OSError) -> bool:
    """Whether only the file itself may be written, and nothing put beside it, which has failed.

    So it is in a folder of another's, and for a file that is mounted where all else is read only.
    """
    protected = error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
    return protected and os.access(target, os.W_OK)


def is_direct(path: str, target: Path) -> bool:
    """A device, a pipe or what a shell has opened is written to, at its end, never replaced."""
    return path.startswith(_OPENED) or (target.exists() and not target.is_file())


def appended(path: str) -> TextIO:
    """What is there already, to be written to at its end."""
    return Path(path).open("a", encoding="utf-8", errors="surrogateescape", newline="")


def begun(target: Path) -> TextIO:
    """A file beside the target that nobody else has, nor may read yet.

    It has the name under which it is to be found should the machine stop. Rows of an earlier
    command that was stopped are worth as much, and stay. Raises OSError where there can be none,
    or where the target is protected: who may replace a file need not mean to.
    """
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
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
            return begun(target.with_name(short))
    raise AssertionError  # numbers do not end


def elsewhere(target: Path) -> TextIO:
    """A file among temporary ones, whose content `put` gives to the target. Raises OSError."""
    import tempfile  # takes milliseconds

    return begun(Path(tempfile.gettempdir(), target.name))


def put(partial: Path, target: Path, path: str) -> None:
    """Gives the target, whose rights stay, the content of the partial file, which goes."""
    with suppress(OSError):  # a file system may have no rights, or rows no owner
        partial.chmod(target.stat().st_mode if target.exists() else usual_rights())
    try:
        partial.replace(target)
    except OSError:
        # Nothing may take the place of a file that is mounted, or another's in a shared folder.
        try:
            target.write_bytes(partial.read_bytes())
        except OSError as error:
            reason = f"{unwritable(path, error)}; what was to be written is in {partial}"
            raise UsageError(reason) from error
        partial.unlink(missing_ok=True)


def usual_rights() -> int:
    """The rights that a new file has here, as `open` would give it."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def unwritable(path: str, error: OSError) -> UsageError:
    """What is said where a file cannot be written, as on a full disk."""
    return UsageError(f"cannot write {path}: {error.strerror}")
