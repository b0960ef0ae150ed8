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
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from PIL import Image as pillow

from wbc_edge import framing
from wbc_edge.errors import InputError

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from wbc_edge.card import InputSpec

    Pixels: TypeAlias = NDArray[np.uint8]
    Source: TypeAlias = (
        "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO"
        " | NDArray[Any] | pillow.Image"
    )


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The largest input that is read: bytes of a file, and pixels (height x width) of a picture."""

    max_bytes: int = 64 << 20
    max_pixels: int = 64_000_000


@dataclass(frozen=True, kw_only=True)
class Image:
    """A decoded picture.

    `rgb` is uint8 (height, width, 3), upright; `format` JPEG, PNG, BMP, TIFF, WEBP, or "array" and
    "PIL" for what came decoded; `frames` counts frames or pages; `notes` are for the reader.
    """

    rgb: Pixels
    format: str
    frames: int = 1
    notes: tuple[str, ...] = ()


def load(source: Source, *, limits: Limits = Limits()) -> Image:
    """Read a picture from a path, bytes, a binary stream, an array or a Pillow image.

    The size in bytes is checked before reading, the size in pixels before decoding. Raises
    InputError (see there for its codes), naming the file; TypeError for any other kind of source.
    """
    if isinstance(source, np.ndarray):
        _check_pixels(source.shape[1::-1], limits)
        return Image(rgb=from_array(source), format="array")
    if isinstance(source, pillow.Image):
        _check_pixels(source.size, limits)
        return Image(rgb=from_pil(source), format=source.format or "PIL")
    name = source_name(source)
    try:
        return _decode(_read(source, limits), limits)
    except InputError as error:
        raise InputError(error.reason, code=error.code, source=name) from error.__cause__


def source_name(source: object) -> str:
    """How an input is called in rows and errors: its path, or its kind in angle brackets."""
    if isinstance(source, (str, os.PathLike)):
        return os.fsdecode(source)
    name = getattr(source, "name", None) or getattr(source, "filename", None)
    return name if isinstance(name, str) else f"<{type(source).__name__}>"


def prepare(rgb: Pixels, spec: InputSpec) -> Pixels:
    """The (height, width, 3) uint8 pixels that a network is given: framed and resized, once.

    The one way from a picture to an input tensor; training, calibration, measurement and the
    device all come through here. `rgb` is uint8 (H, W, 3) of any size.
    """
    box = framing.frame(rgb, spec.framing)
    resized = pillow.fromarray(rgb).resize(
        (spec.width, spec.height), pillow.Resampling[spec.filter.upper()], box=box
    )
    return np.asarray(resized)


def from_array(array: NDArray[Any]) -> Pixels:
    """RGB (H, W, 3) from an array by the rules of `load`.

    Taken: bool, uint8 or uint16, of shape (H, W), (H, W, 1) grey, (H, W, 2) grey with alpha,
    (H, W, 3) RGB or (H, W, 4) RGB with alpha. Raises InputError for any other.
    """
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or not 1 <= array.shape[2] <= 4:
        raise InputError(
            f"an array of shape {array.shape} is not a picture; give (H, W) or (H, W, 1 to 4)",
            code="unsupported_colour",
        )
    if 0 in array.shape:
        raise InputError(f"an array of shape {array.shape} has no pixels", code="empty")
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    elif array.dtype == np.uint16:
        _check_depth(array[:, :, :1] if array.shape[2] < 3 else array[:, :, :3], bits=16)
        array = (array >> 8).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise InputError(
            f"samples of type {array.dtype} have no defined white; give uint8 or uint16",
            code="unsupported_depth",
        )
    if array.shape[2] == 3:
        return np.ascontiguousarray(array)
    if array.shape[2] == 1:
        return np.repeat(array, 3, axis=2)
    mode = "LA" if array.shape[2] == 2 else "RGBA"
    height, width = array.shape[:2]
    samples = np.ascontiguousarray(array).tobytes()
    return _on_white(pillow.frombuffer(mode, (width, height), samples, "raw", mode, 0, 1))


def from_pil(image: pillow.Image) -> Pixels:
    """RGB (H, W, 3) from a Pillow image by the rules of `load`; the image itself is left alone.

    Raises InputError where the image cannot be decoded or its samples have no defined white.
    """
    with _quiet_pillow():
        try:
            deep = _is_deep(image)
            image.load()
            return _upright_rgb(image, deep=deep)[0]
        except _DECODER_ERRORS as error:
            raise InputError(f"the picture is damaged ({error})", code="damaged") from error


# ---- reading ---------------------------------------------------------------------------------


def _read(source: Any, limits: Limits) -> bytes | memoryview:
    if isinstance(source, (str, os.PathLike)):
        data = _read_file(os.fspath(source), limits)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif hasattr(source, "read"):
        try:
            data = source.read(limits.max_bytes + 1)
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror or error})") from error
        if not isinstance(data, bytes):
            raise TypeError("a stream of pictures must be opened in binary mode")
    else:
        raise TypeError(f"cannot read a picture from {type(source).__name__}")
    if not data:
        raise InputError("the file is empty", code="empty")
    _check_bytes(len(data), limits)
    return data


def _read_file(path: str, limits: Limits) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            os.scandir(path).close()
            raise InputError("is a folder, not a picture", code="is_a_directory")
        # Opening a pipe or a device may wait for ever, or never end.
        if not stat.S_ISREG(status.st_mode):
            raise InputError("is not an ordinary file", code="not_a_file")
        _check_bytes(status.st_size, limits)
        with open(path, "rb") as file:
            return file.read(limits.max_bytes + 1)
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


def _check_pixels(size: tuple[int, ...], limits: Limits) -> None:
    if len(size) == 2 and size[0] * size[1] > limits.max_pixels:
        raise InputError(
            f"{size[0]} x {size[1]} is more than the limit of {limits.max_pixels:,} pixels",
            code="too_many_pixels",
        )


# ---- decoding --------------------------------------------------------------------------------

# What Pillow's decoders raise on damaged data; the plug-ins parse with struct, zlib and indexing.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    ArithmeticError,
    TypeError,
    AttributeError,
    RuntimeError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)


def _decode(data: bytes | memoryview, limits: Limits) -> Image:
    format_ = _sniff(bytes(data[:512]))
    # The plug-in is called directly: `PIL.Image.open` would import every plug-in for a TIFF, and
    # it checks pixels against a global of Pillow's, not against the limit given here.
    plugin = "Webp" if format_ == "WEBP" else format_.capitalize()
    import_module(f"PIL.{'WebP' if format_ == 'WEBP' else plugin}ImagePlugin")
    factory, _accept = pillow.OPEN[format_]
    with _quiet_pillow():
        try:
            with factory(BytesIO(data), "") as picture:
                _check_pixels(picture.size, limits)
                frames = getattr(picture, "n_frames", 1)
                deep = _is_deep(picture)
                picture.load()
                rgb, notes = _upright_rgb(picture, deep=deep)
        except _DECODER_ERRORS as error:
            if _ends_early(format_, bytes(data[-64:]), data):
                reason, code = f"the {format_} ends too early", "truncated"
            else:
                reason, code = f"the {format_} is damaged ({error})", "damaged"
            raise InputError(reason, code=code) from error
    if frames > 1:
        unit = "pages" if format_ == "TIFF" else "frames"
        notes = (f"first of {frames} {unit}", *notes)
    return Image(rgb=rgb, format=format_, frames=frames, notes=notes)


# Pictures that people do have and that are refused by name rather than as unknown bytes.
_OTHER_FORMATS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", "GIF"),
    (0, b"8BPS", "Photoshop"),
    (4, b"ftyphe", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypavif", "AVIF"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (4, b"JXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"%PDF", "PDF"),
    (0, b"\x00\x00\x01\x00", "ICO"),
    (0, b"v/1\x01", "OpenEXR"),
    (0, b"P5\n", "PGM"),
    (0, b"P6\n", "PPM"),
    (0, b"DDS ", "DDS"),
    (128, b"DICM", "DICOM"),
    (0, b"ZISRAWFILE", "CZI"),
)
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BMP_HEADER_SIZES = (12, 40, 52, 56, 64, 108, 124)


def _sniff(head: bytes) -> str:
    """The format by its first bytes."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(_TIFF_STARTS):
        return "TIFF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    for offset, magic, name in _OTHER_FORMATS:
        if head.startswith(magic, offset):
            raise InputError(
                f"is a {name} file; JPEG, PNG, BMP, TIFF and WebP are read",
                code="unsupported_format",
            )
    raise InputError("is not a picture that can be read", code="not_an_image")


def _ends_early(format_: str, tail: bytes, data: bytes | memoryview) -> bool:
    """Whether undecodable data lack their end, rather than being wrong inside."""
    if format_ == "JPEG":
        return b"\xff\xd9" not in tail
    if format_ == "PNG":
        return b"IEND" not in tail
    if format_ == "WEBP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    if format_ == "BMP":
        return int.from_bytes(data[2:6], "little") > len(data)
    order = "little" if data[:1] == b"I" else "big"
    return int.from_bytes(data[4:8], cast(Any, order)) >= len(data)


# ---- colour ----------------------------------------------------------------------------------

_ORIENTATION = 0x0112  # the tag of EXIF and TIFF
_UPRIGHT = {
    2: pillow.Transpose.FLIP_LEFT_RIGHT,
    3: pillow.Transpose.ROTATE_180,
    4: pillow.Transpose.FLIP_TOP_BOTTOM,
    5: pillow.Transpose.TRANSPOSE,
    6: pillow.Transpose.ROTATE_270,
    7: pillow.Transpose.TRANSVERSE,
    8: pillow.Transpose.ROTATE_90,
}


def _upright_rgb(image: pillow.Image, *, deep: bool) -> tuple[Pixels, tuple[str, ...]]:
    """A loaded picture turned upright, as RGB, and what there is to note."""
    if 0 in image.size:
        raise InputError(f"{image.width} x {image.height}: there are no pixels", code="empty")
    notes: tuple[str, ...] = ()
    rgb = _to_rgb(image, deep=deep)
    try:
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except _DECODER_ERRORS:
        turn = None
        notes = ("orientation unknown: the EXIF data are damaged",)
    if turn is not None:
        rgb = np.asarray(pillow.fromarray(rgb).transpose(turn))
    return rgb, notes


def _to_rgb(image: pillow.Image, *, deep: bool) -> Pixels:
    mode = image.mode
    if mode.startswith("I;16"):
        return _from_16_bit(image)
    if mode in ("I", "F"):
        kind = "32-bit integer" if mode == "I" else "floating-point"
        raise InputError(f"{kind} samples have no defined white", code="unsupported_depth")
    if mode == "LAB":
        raise InputError("CIE L*a*b* colour is not read", code="unsupported_colour")
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        rgb = _on_white(image, deep=deep)
    else:
        rgb = np.asarray(image if mode == "RGB" else image.convert("RGB"))
    if deep:
        _check_depth(rgb, bits=8)
    return rgb


def _on_white(image: pillow.Image, *, deep: bool = False) -> Pixels:
    key = image.info.get("transparency")
    if deep and isinstance(key, tuple):
        # Pillow keeps the transparent colour of a 16-bit PNG at 16 bits, its pixels at 8.
        image = image.copy()
        image.info["transparency"] = tuple(sample >> 8 for sample in key)
    if image.mode == "La":
        image = image.convert("LA")
    image = image.convert("RGBA")
    white = pillow.new("RGBA", image.size, (255, 255, 255, 255))
    return np.asarray(pillow.alpha_composite(white, image).convert("RGB"))


def _from_16_bit(image: pillow.Image) -> Pixels:
    samples = np.asarray(image).astype(np.uint16)
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(258, (16,))[0]
    _check_depth(samples, bits=bits)
    grey = (samples >> (bits - 8)).astype(np.uint8)
    if tags.get(262) == 0:  # PhotometricInterpretation: white is zero; Pillow leaves it so
        grey = np.uint8(255) - grey
    key = image.info.get("transparency")
    if isinstance(key, int):
        grey = np.where(samples == key, np.uint8(255), grey)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def _is_deep(image: pillow.Image) -> bool:
    """Whether the decoder is about to drop the low byte of 16-bit colour (before loading only)."""
    return any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))


def _check_depth(samples: NDArray[Any], *, bits: int) -> None:
    """Refuse 16-bit samples (or their high bytes, with `bits` 8) that fill a sixteenth of 16 bits.

    They would be answered as a black picture, which is what scaling 12-bit data wrongly gives.
    """
    if bits in (8, 16) and samples.max() < 1 << (bits - 4):
        raise InputError(
            "the 16-bit samples use the lowest sixteenth of their range, as unscaled 12-bit data"
            " do; rescale them to the full range",
            code="unsupported_depth",
        )


# ---- Pillow's warnings -----------------------------------------------------------------------

_quiet_lock = threading.Lock()
_quiet_users = 0


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Keep Pillow's warnings on odd metadata to itself while any thread is decoding.

    `warnings.catch_warnings` restores a whole list and is not safe with several threads; here one
    filter, on Pillow's modules only, is added by the first thread in and removed by the last out.
    """
    global _quiet_users
    with _quiet_lock:
        if _quiet_users == 0:
            warnings.filterwarnings("ignore", module=r"PIL\.")
        _quiet_users += 1
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_users -= 1
            if _quiet_users == 0:
                warnings.filters[:] = [  # type: ignore[index]
                    entry for entry in warnings.filters if not _is_own_filter(entry)
                ]


def _is_own_filter(entry: tuple[Any, ...]) -> bool:
    return bool(entry[0] == "ignore" and getattr(entry[3], "pattern", entry[3]) == r"PIL\.")
