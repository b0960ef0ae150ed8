"""Pictures that a command draws beside its rows: named after its inputs, replacing nothing."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PIL.PngImagePlugin import PngInfo

from wbc_edge.errors import UsageError
from wbc_edge.inputs import SOFTWARE, STANDARD_INPUT

if TYPE_CHECKING:
    from PIL import Image


def folder(name: str) -> Path:
    """The folder to draw into, made if need be. Raises UsageError."""
    directory = Path(name)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"{name} is a file; name a folder for the drawings") from None
    except OSError as error:
        raise UsageError(f"cannot make the folder {name}: {error.strerror}") from error
    return directory


def save(drawn: Image.Image, path: str, directory: Path, suffix: str) -> str:
    """Writes a PNG under a name after the input's that no other file has, and returns it.

    Raises UsageError where that fails, and leaves no half of it.
    """
    buffer = io.BytesIO()
    told = PngInfo()
    told.add_text(*SOFTWARE)
    drawn.save(buffer, "PNG", pnginfo=told)
    # Shortened, since the suffix makes it longer than the input's, which may be as long as allowed.
    stem = "stdin" if path == STANDARD_INPUT else Path(path).stem
    stem = os.fsencode(stem)[:200].decode(errors="ignore")
    number = 1
    while True:
        name = f"{stem}{f'-{number}' if number > 1 else ''}{suffix}"
        try:
            with (directory / name).open("xb") as file:
                try:
                    file.write(buffer.getvalue())
                    file.flush()
                except OSError:
                    (directory / name).unlink()
                    raise
            return name
        except FileExistsError:  # a link that leads nowhere, too
            number += 1
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(f"cannot write into the folder {directory}: {reason}") from error
