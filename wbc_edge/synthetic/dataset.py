"""Drawn cells as files: a small data set of a folder per class, and the eight samples."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image

from wbc_edge.errors import UsageError
from wbc_edge.synthetic.scene import LABELS, draw, draw_smear
from wbc_edge.synthetic.style import PBC, Style

SAMPLE_SEED: Final = 0


def write_dataset(
    directory: str | os.PathLike[str],
    per_class: int,
    *,
    seed: int = 0,
    size: int = 360,
    style: Style = PBC,
) -> list[Path]:
    """Write `per_class` cells of each label as `directory/<label>/<label>_<n>.png`.

    Returns the paths, label by label. Data sets with different seeds share no image as long as
    neither holds more than 100,000 cells a class. Raises `UsageError` when `per_class` is below 1,
    for the reasons of `draw`, where a file cannot be written, and rather than replace one that
    holds something else.
    """
    if per_class < 1:
        raise UsageError(f"a data set needs at least one cell a class, not {per_class}")
    paths = []
    for label in LABELS:
        for number in range(per_class):
            path = Path(directory) / label / f"{label}_{number:05d}.png"
            cell = draw(label, seed=seed * 100_000 + number, size=size, style=style)
            _write(path, _png(Image.fromarray(cell), compression=1))
            paths.append(path)
    return paths


def write_samples(directory: str | os.PathLike[str], *, field: bool = False) -> list[Path]:
    """Write the eight sample cells, one a label, as `directory/<label>.png`; returns their paths.

    With `field` it is one picture of all of them, `directory/field.png`. Files that are there
    already and equal are left alone. Raises `UsageError`, before it writes anything, when a file of
    that name holds something else or cannot be looked at.
    """
    if not os.fspath(directory):
        raise UsageError("an empty name names no folder")
    if field:
        drawn = {"field": draw_smear(LABELS, seed=SAMPLE_SEED)[0]}
    else:
        drawn = {label: draw(label, seed=SAMPLE_SEED) for label in LABELS}
    pictures = {
        Path(directory) / f"{name}.png": _png(Image.fromarray(pixels), compression=6)
        for name, pixels in drawn.items()
    }
    for path, content in pictures.items():
        _refuse_other(path, content)
    for path, content in pictures.items():
        _write(path, content)
    return list(pictures)


def _png(picture: Image.Image, *, compression: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=compression)
    return buffer.getvalue()


def _refuse_other(path: Path, content: bytes) -> bool:
    """Whether `path` already holds `content`; raises `UsageError` when it holds anything else."""
    with _told(path):
        try:
            path.lstat()
        except FileNotFoundError:
            return False
        if path.is_file() and path.read_bytes() == content:
            return True
    raise UsageError(f"{path} exists and holds something else; remove it or choose another folder")


def _write(path: Path, content: bytes) -> None:
    if _refuse_other(path, content):
        return
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.write_bytes(content)
        except OSError:
            # Half a picture would be refused as another's at the next attempt.
            path.unlink(missing_ok=True)
            raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system refuses, from looking at `path` to writing it, as a `UsageError`."""
    try:
        yield
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"cannot write {path}: {path.parent} is no folder") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
