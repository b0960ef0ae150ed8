"""A picture -> one uint8 RGB array -> the pixels that a network is given. Every limit stands here.

What is taken: JPEG, PNG, BMP, TIFF and WebP, told apart by content. What is promised:

- orientation by EXIF (or XMP) is applied; grey, palette, CMYK and the like become RGB; what is
  transparent lies on white, as the background of a bright-field picture does;
- 16-bit samples give their high byte, so a 16-bit picture is its own 8-bit self; samples of 12
  bits are taken as such where the file says so. Samples that all lie in the lowest sixteenth of
  16 bits are 12-bit camera data stored unscaled, or nearly black: refused, not guessed;
- 32-bit and floating-point samples have no defined white and are refused;
- of several frames or pages the first is taken, and `Image.notes` says so;
- everything else is an InputError with a code and a sentence.

Colour profiles are not applied: the networks are trained on pixels as cameras write them.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import PIL.Image

from wbc_edge import framing, light
from wbc_edge.colour import from_array
from wbc_edge.decoding import Image, check_pixels, decode, decode_pil, no_memory
from wbc_edge.errors import InputError, UsageError

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from wbc_edge.card import InputSpec
    from wbc_edge.nucleus import Nucleus

    Pixels: TypeAlias = NDArray[np.uint8]
    Source: TypeAlias = (
        "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO"
        " | NDArray[Any] | PIL.Image.Image"
    )


__all__ = ["Image", "Limits", "Taken", "load", "prepare", "prepare_around", "source_name", "take"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The largest input that is read: bytes of a file, and pixels (height x width) of a picture.

    Raises UsageError for what is no number from 1.
    """

    max_bytes: int = 64 << 20
    max_pixels: int = 64_000_000

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, int) or value < 1:
                raise UsageError(f"{name} must be a whole number from 1, not {value!r}")


@dataclass(frozen=True)
class Taken:
    """What a source was when it was drawn, whatever its owner does with it next: see `take`."""

    name: str
    content: bytes | Image | InputError


def take(source: Source, *, limits: Limits = Limits()) -> Source | Taken:
    """A source that can be loaded later, and in another thread, as what it is now.

    An array or a Pillow image may be filled anew, or turn to its next page, and a stream be closed
    as soon as another source is drawn: these are read here, and what goes wrong is kept. Paths and
    bytes stay. Raises TypeError as `load` does.
    """
    if isinstance(source, (str, os.PathLike, bytes, Taken)):
        return source
    name = source_name(source)
    try:
        if isinstance(source, (np.ndarray, PIL.Image.Image)):
            return Taken(name, load(source, limits=limits))
        return Taken(name, _read(source, limits))
    except InputError as error:
        return Taken(name, InputError(error.reason, code=error.code, source=name))


def load(source: Source | Taken, *, limits: Limits = Limits()) -> Image:
    """Read a picture from a path, bytes, a binary stream, an array or a Pillow image.

    The size in bytes is checked before reading, the size in pixels before decoding. Raises
    InputError (see there for its codes), naming the file; TypeError for any other kind of source.
    """
    name = source_name(source)
    if isinstance(source, Taken):
        if isinstance(source.content, InputError):
            raise source.content
        if isinstance(source.content, Image):
            return source.content
        source = source.content
    try:
        if isinstance(source, np.ndarray):
            check_pixels(source.shape[1::-1], limits.max_pixels)
            picture, notes = from_array(source)
            return Image(picture=picture, format="array", notes=notes)
        if isinstance(source, PIL.Image.Image):
            return decode_pil(source, max_pixels=limits.max_pixels)
        return decode(_read(source, limits), max_pixels=limits.max_pixels)
    except InputError as error:
        raise InputError(error.reason, code=error.code, source=name) from error.__cause__
    except MemoryError:
        raise no_memory(name) from None


def source_name(source: object) -> str:
    """How an input is called in rows and errors: its path, or its kind in angle brackets."""
    if isinstance(source, (str, os.PathLike)):
        return os.fsdecode(source)
    if isinstance(source, Taken):
        return source.name
    name = getattr(source, "name", None)
    if name is None:
        name = getattr(source, "filename", None)  # of a Pillow image
    return name if isinstance(name, str) and name else f"<{type(source).__name__}>"


def prepare(picture: PIL.Image.Image | Pixels, spec: InputSpec, *, margin: float = 1.0) -> Pixels:
    """The (height, width, 3) uint8 pixels that a network is given: framed, resized once, lit.

    The one way from a picture to an input tensor; training, calibration, measurement and the
    device all come this way. The picture is RGB of any size, as a Pillow image or as uint8
    (H, W, 3). A `margin` above 1 widens view and result alike about the same centre, at the same
    density of pixels, and leaves the light as it is: training cuts its turned and shifted views out
    of such a picture, and each has a background of its own.
    """
    if not isinstance(picture, PIL.Image.Image):
        picture = PIL.Image.fromarray(picture)
    nucleus = framing.nucleus_of(picture, spec.framing)
    return prepare_around(nucleus, picture, spec, margin=margin)


def prepare_around(
    nucleus: Nucleus | None, picture: PIL.Image.Image, spec: InputSpec, *, margin: float = 1.0
) -> Pixels:
    """The same where the nucleus is known, or that there is none: see `framing.nucleus_of`."""
    box = framing.widened(framing.frame(picture, spec.framing, nucleus), margin)
    padded, box = framing.pad(picture, box)
    size = round(margin * spec.width), round(margin * spec.height)
    view = padded.resize(size, PIL.Image.Resampling[spec.filter.upper()], box=box)
    return np.asarray(light.whitened(view) if spec.light == "white" and margin == 1 else view)


# ---- reading ---------------------------------------------------------------------------------


def _read(source: Any, limits: Limits) -> bytes:
    if isinstance(source, (str, os.PathLike)):
        if not os.fspath(source):
            raise InputError("an empty name is no file", code="not_found")
        data = _read_file(Path(source), limits)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif hasattr(source, "read"):
        data = _read_stream(source, limits.max_bytes + 1)
    else:
        raise TypeError(f"cannot read a picture from {type(source).__name__}")
    if not data:
        raise InputError("the file is empty", code="empty")
    _check_bytes(len(data), limits)
    return data


def _read_stream(stream: BinaryIO, most: int) -> bytes:
    """All of it, up to `most` bytes: an unbuffered one gives less than it is asked for."""
    parts: list[bytes] = []
    left = most
    while left > 0:
        try:
            part = stream.read(min(left, 1 << 20))
        except (InputError, MemoryError):
            raise
        # It may be closed or opened as text, and archives have errors of their own.
        except Exception as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise InputError(f"cannot be read ({reason})") from error
        if not part:
            break
        if not isinstance(part, bytes):
            raise TypeError("a stream of pictures must be opened in binary mode")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _read_file(path: Path, limits: Limits) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            os.scandir(path).close()
            raise InputError("is a folder, not a picture", code="is_a_directory")
        # Opening a pipe or a device may wait for ever, or never end.
        if not stat.S_ISREG(status.st_mode):
            raise InputError("is not an ordinary file", code="not_a_file")
        _check_bytes(status.st_size, limits)
        with path.open("rb") as file:
            # No more than it holds: Python sets aside all that is asked for.
            return file.read(status.st_size)
    except FileNotFoundError:
        raise InputError("there is no such file", code="not_found") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"cannot be read ({reason})") from error


def _check_bytes(size: int, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise InputError(
            f"is larger than the limit of {limits.max_bytes:,} bytes", code="too_many_bytes"
        )
