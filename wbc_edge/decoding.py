"""Encoded bytes, or a Pillow image -> a decoded, upright RGB picture, by Pillow."""

from __future__ import annotations

import logging
import re
import warnings
import zlib
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import PIL.Image
import PIL.ImageChops
import PIL.ImageFile
import PIL.ImagePalette

from wbc_edge import libtiff
from wbc_edge.colour import DECODER_ERRORS, is_deep, upright_rgb
from wbc_edge.errors import InputError
from wbc_edge.shared import ProcessLock, Shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray


MOST_PAGES = 500
"""Pages that are counted for the note that there are others."""

LARGE = 16_000_000
"""Pixels beyond which pictures are decoded one after the other, however many threads there are: a
decoder may take sixteen bytes for each."""

_large = ProcessLock()


@dataclass(frozen=True, kw_only=True)
class Image:
    """A decoded picture.

    `picture` is upright RGB; `format` JPEG, PNG, BMP, TIFF, WEBP, or "array" and "PIL" for what
    came decoded; `frames` counts frames or pages; `notes` are for the reader.
    """

    picture: PIL.Image.Image
    format: str
    frames: int = 1
    notes: tuple[str, ...] = ()

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """The pixels, uint8 (height, width, 3)."""
        return np.asarray(self.picture)


def decode(data: bytes, *, max_pixels: int) -> Image:
    """Decode a whole file, its size in pixels checked first. Raises InputError without a name."""
    format_ = _sniff(data)
    if format_ in _CHECKS:
        _CHECKS[format_](data)
    # The plug-in is called directly: `PIL.Image.open` imports every plug-in to find one, and
    # checks pixels against a global of Pillow's instead of the limit given here.
    import_module(f"PIL.{_PLUGINS[format_]}ImagePlugin")
    factory, _accept = PIL.Image.OPEN[format_]
    with _quiet_pillow:
        try:
            with factory(BytesIO(data), "") as picture:
                check_pixels(picture.size, max_pixels)
                check_pixels(_tile(picture), max_pixels)
                if format_ == "WEBP":
                    _check_tail(data, factory)
                frames = _frames(picture, format_)
                with _alone(picture):
                    rgb, notes = _load(picture)
                    if format_ == "JPEG":
                        _check_scan(picture, data, factory)
        except PIL.Image.DecompressionBombError as error:
            # Some plug-ins hold to Pillow's own limit as well, however high ours is set.
            raise InputError(f"is too large to decode ({error})", code="too_many_pixels") from error
        except MemoryError:
            raise no_memory() from None
        except DECODER_ERRORS as error:
            raise _explained(error, format_, data) from error
    if frames > 1:
        unit = "pages" if format_ == "TIFF" else "frames"
        more = "or more " if frames == MOST_PAGES else ""
        notes = (f"first of {frames} {more}{unit}", *notes)
    return Image(picture=rgb, format=format_, frames=frames, notes=notes)


def _check_planes(picture: PIL.Image.Image) -> None:
    """Refuse what Pillow reads wrongly without a word: samples that lie plane by plane in a TIFF.

    Without compression it takes 16-bit ones for bytes, and passes over a turned order of bits; of
    grey with alpha it makes white.
    """
    tags = getattr(picture, "tag_v2", {})
    if tags.get(_PLANES, 1) != 2 or tags.get(_SAMPLES, 1) < 2:
        return
    deep = max(tags.get(_BITS, (8,)), default=8) > 8
    turned = tags.get(_FILL_ORDER, 1) == 2
    if picture.mode in ("LA", "La") or ((deep or turned) and _is_decoded_by("raw", picture)):
        raise InputError(
            "a TIFF of this kind, in planes, is not read; save it with the samples of a pixel"
            " together",
            code="unsupported_colour",
        )


def _check_colours(picture: PIL.Image.Image) -> None:
    """Refuse a TIFF's colours without compression that Pillow takes for others.

    So it does where they are subsampled, or do not use the whole range of their samples.
    """
    tags = getattr(picture, "tag_v2", {})
    if tags.get(_COLOUR_MODEL) != _YCBCR or not _is_decoded_by("raw", picture):
        return
    subsampled = set(tags.get(_SUBSAMPLING, (2, 2))) != {1}
    narrow = tuple(tags.get(_BLACK_AND_WHITE, _FULL_RANGE)) != _FULL_RANGE
    if subsampled or narrow:
        kind = "subsampled colours" if subsampled else "video's range of colours"
        raise InputError(
            f"a TIFF of {kind} without compression is not read; save it as RGB",
            code="unsupported_colour",
        )


def _check_camera(picture: PIL.Image.Image) -> None:
    """Refuse the small picture that a camera's raw file begins with: the photograph lies behind it.

    Specification: Adobe, "Digital Negative Specification" 1.7, chapter 2 (SubIFD trees).
    """
    tags = getattr(picture, "tag_v2", {})
    reduced = tags.get(_KIND, 0) & _REDUCED and _CHILDREN in tags
    if reduced or _DNG in tags:
        raise InputError(
            "raw files of cameras are not read; save the photograph as TIFF, PNG or JPEG",
            code="unsupported_format",
        )


def _check_blocks(picture: PIL.Image.Image) -> None:
    """Refuse a TIFF that does not say where all its strips or tiles lie.

    Pillow leaves what is missing black, and what has no place (0) as the decoder's buffer was.
    """
    tags = getattr(picture, "tag_v2", {})
    # Of the picture as it lies in the file, which may be turned.
    width, height = (tags.get(tag, 0) for tag in _SIDES)
    across, down = _tile(picture)
    tiled = across > 0 and down > 0
    if not tiled:
        across, down = width, tags.get(_STRIP_ROWS, height)
    places = tags.get(_TILES if tiled else _STRIPS)
    if not (width and height and down and places):  # not told in this way
        return
    blocks = -(-width // across) * -(-height // down)
    if tags.get(_PLANES, 1) == 2:
        blocks *= tags.get(_SAMPLES, 1)
    if len(places) < blocks or not all(places[:blocks]):
        raise InputError("the TIFF lacks parts of its picture", code="truncated")


def _check_signs(picture: PIL.Image.Image) -> None:
    """Refuse a TIFF's 8-bit samples with a sign, which Pillow takes for others without."""
    if _SIGNED in getattr(picture, "tag_v2", {}).get(_SAMPLE_FORMAT, ()):
        raise InputError("signed samples have no defined white", code="unsupported_depth")


def _widen_palette(picture: PIL.Image.Image) -> None:
    """Takes the colours of a TIFF's palette for 8-bit ones where none has more.

    Sixteen are meant; some writers do not know, and libtiff's own tools read theirs so too.
    """
    colours = getattr(picture, "tag_v2", {}).get(_COLOURS)
    if picture.mode == "P" and colours and max(colours) < 256:
        picture.palette = PIL.ImagePalette.raw("RGB;L", bytes(colours))


def _tile(picture: PIL.Image.Image) -> tuple[int, int]:
    """The size of a TIFF's tiles, each of which is decoded whole, however small the picture is."""
    width, height = (getattr(picture, "tag_v2", {}).get(tag, 0) for tag in _TILE_SIDES)
    return (width, height) if isinstance(width, int) and isinstance(height, int) else (0, 0)


def _frames(picture: PIL.Image.Image, format_: str) -> int:
    """Frames or pages, at most MOST_PAGES; a later one that cannot be read counts all the same."""
    if format_ != "TIFF":
        return int(getattr(picture, "n_frames", 1))
    # A TIFF's pages are a chain that has to be followed, and Pillow's time grows with its square.
    count = 1
    try:
        while count < MOST_PAGES:
            picture.seek(count)
            count += 1
    except EOFError:
        pass
    except DECODER_ERRORS:
        count += 1
    picture.seek(0)
    return count


def decode_pil(image: PIL.Image.Image, *, max_pixels: int) -> Image:
    """Bring a Pillow image, loaded or only opened, to the same form. Raises InputError."""
    check_pixels(image.size, max_pixels)
    with _quiet_pillow, _alone(image):
        try:
            rgb, notes = _load(image)
        except MemoryError:
            raise no_memory() from None
        except DECODER_ERRORS as error:
            raise InputError(f"the picture is damaged ({error})", code="damaged") from error
    # A copy where nothing had to be converted: the caller's picture may change.
    own = rgb.copy() if rgb is image else rgb
    return Image(picture=own, format=image.format or "PIL", notes=notes)


def no_memory(source: str = "") -> InputError:
    """What is said of a picture that this machine has not the memory for."""
    return InputError("needs more memory than there is", code="too_many_pixels", source=source)


def check_pixels(size: tuple[int, ...], max_pixels: int) -> None:
    """Raises InputError (too_many_pixels) where width x height is above the limit."""
    if len(size) == 2 and size[0] * size[1] > max_pixels:
        raise InputError(
            f"{size[0]} x {size[1]} is more than the limit of {max_pixels:,} pixels",
            code="too_many_pixels",
        )


def _load(image: PIL.Image.Image) -> tuple[PIL.Image.Image, tuple[str, ...]]:
    _check_camera(image)
    _check_colours(image)
    _check_planes(image)
    _check_blocks(image)
    _check_signs(image)
    _widen_palette(image)
    deep = is_deep(image)
    heard = libtiff.complaints() if _is_decoded_by("libtiff", image) else nullcontext(())
    with heard as complaints:
        image.load()
    if complaints:
        raise OSError(complaints[0])
    return upright_rgb(image, deep=deep)


def _alone(image: PIL.Image.Image) -> AbstractContextManager[None]:
    """Keeps other threads from decoding a large picture meanwhile, if this is one."""
    return _large.held() if image.width * image.height > LARGE else nullcontext()


def _is_decoded_by(decoder: str, image: PIL.Image.Image) -> bool:
    """Whether Pillow gives any part of a picture to its decoder of this name."""
    return any(tile[0] == decoder for tile in getattr(image, "tile", ()))


# ---- formats ---------------------------------------------------------------------------------

_PLUGINS = {"JPEG": "Jpeg", "PNG": "Png", "BMP": "Bmp", "TIFF": "Tiff", "WEBP": "WebP"}

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
    (0, b"MM\0+", "big-endian BigTIFF"),
)
_SIDES = (256, 257)  # the tags ImageWidth and ImageLength
_TILE_SIDES = (322, 323)  # TileWidth and TileLength
_STRIPS, _STRIP_ROWS, _TILES = 273, 278, 324  # StripOffsets, RowsPerStrip, TileOffsets
_COLOURS = 320  # ColorMap
_SAMPLE_FORMAT, _SIGNED = 339, 2
_BITS, _SAMPLES, _PLANES = 258, 277, 284  # BitsPerSample, SamplesPerPixel, PlanarConfiguration
_FILL_ORDER = 266
_COLOUR_MODEL, _YCBCR, _SUBSAMPLING = 262, 6, 530  # PhotometricInterpretation, YCbCrSubSampling
_BLACK_AND_WHITE, _FULL_RANGE = 532, (0, 255, 128, 255, 128, 255)  # ReferenceBlackWhite
_KIND, _REDUCED, _CHILDREN, _DNG = 254, 1, 330, 50706  # NewSubfileType, SubIFDs, DNGVersion
_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0")
_BMP_HEADER_SIZES = (12, 40, 52, 56, 64, 108, 124)


def _sniff(head: bytes) -> str:
    """The format by its first bytes. Raises InputError (unsupported_format, not_an_image)."""
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
                f"{name} files are not read; JPEG, PNG, BMP, TIFF and WebP are",
                code="unsupported_format",
            )
    raise InputError("is not a picture that can be read", code="not_an_image")


def is_picture(head: bytes) -> bool:
    """Whether a file's first 256 bytes are those of a picture, be it one that is read or not."""
    try:
        _sniff(head)
    except InputError as error:
        return error.code != "not_an_image"
    return True


_UNKNOWN_TIFF = re.compile(r"^unknown (pixel|raw) mode|^string index out of range$|^'?\d+'?$")
"""What Pillow says of samples, planes and compressions that it does not know."""


_PYTHONS_OWN = (TypeError, LookupError, ArithmeticError, AttributeError)


def _explained(error: Exception, format_: str, data: bytes) -> InputError:
    """What a decoder's complaint means."""
    if "truncated" in str(error).lower() or _ends_early(format_, data):
        return InputError(f"the {format_} ends too early", code="truncated")
    if format_ == "TIFF" and _UNKNOWN_TIFF.search(str(error)):  # whole, and unknown to Pillow
        return InputError(
            "this arrangement or compression of TIFF samples is not read; save it as 8 or 16-bit"
            " grey or RGB, uncompressed",
            code="unsupported_colour",
        )
    if "MAX_TEXT_" in str(error):  # Pillow's limits, so that nothing unpacks to gigabytes
        return InputError(
            f"the {format_} carries more text, or a larger colour profile, than is read beside a"
            " picture; save it without",
            code="unsupported_format",
        )
    # Of Python's own, as of a wrong type in Pillow, nobody learns anything; nor of a mere number,
    # or the name of Pillow's own file.
    is_told = not isinstance(error, _PYTHONS_OWN) and (" " in str(error) or str(error).isalnum())
    return InputError(f"the {format_} is damaged{f' ({error})' if is_told else ''}", code="damaged")


def _ends_early(format_: str, data: bytes) -> bool:
    """Whether data that cannot be decoded lack their end, rather than being wrong inside."""
    if format_ == "JPEG":
        return b"\xff\xd9" not in data[-64:]
    if format_ == "PNG":
        return b"IEND" not in data[-64:]
    if format_ == "WEBP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data) or data.endswith(_ZEROS)
    if format_ == "BMP":
        return int.from_bytes(data[2:6], "little") > len(data)
    return _tiff_ends(data) > len(data)


_TIFF_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8}
"""Bytes of one value of each type."""


def _tiff_ends(data: bytes) -> int:
    """Where a TIFF's first directory ends, or what is told in it outside of it.

    Writers put the directory, or the samples, last. Specification: TIFF 6.0, section 2; in a
    BigTIFF offsets have eight bytes, entries twenty.
    """
    order: Literal["little", "big"] = "little" if data[:1] == b"I" else "big"
    big = b"+" in data[2:4]
    at, offset, count, entry = (8, 8, 8, 20) if big else (4, 4, 2, 12)

    def number(place: int, size: int) -> int:
        return int.from_bytes(data[place : place + size], order)

    directory = number(at, offset)
    first = directory + count
    ends = first + entry * number(directory, count) + offset
    if ends <= len(data):
        for place in range(first, ends - offset, entry):
            size = _TIFF_BYTES.get(number(place + 2, 2), 1) * number(place + 4, offset)
            if size > offset:
                ends = max(ends, number(place + 4 + offset, offset) + size)
    return ends


# ---- what Pillow does not look at ---------------------------------------------------------------


def _check_png(data: bytes) -> None:
    """Refuse a PNG that is not whole: of its picture, Pillow checks neither the sums nor the end.

    Specification: PNG (third edition), section 5.3: length, type, data and CRC of each chunk.
    """
    view, at = memoryview(data), 8
    while (start := at + 8) + 4 <= len(data):
        kind, end = data[at + 4 : start], start + int.from_bytes(view[at : at + 4], "big")
        if kind == b"IEND":
            return
        if kind == b"IDAT" and end + 4 <= len(data):
            told = int.from_bytes(view[end : end + 4], "big")
            if zlib.crc32(view[at + 4 : end]) != told:
                raise InputError("the PNG is damaged (a checksum is wrong)", code="damaged")
        at = end + 4
    raise InputError("the PNG ends too early", code="truncated")


MOST_SCANS = 100
"""Scans of a JPEG: encoders make some ten, and each costs as long as a picture of one."""


def _check_jpeg(data: bytes) -> None:
    """Refuse a JPEG whose end was laid out and never written, as by a copy that was cut off.

    Where zeros stand in place of the end marker, a decoder takes them for a picture. Nor is one
    read whose scans would take minutes.
    """
    # Counted one by one only where there may be too many: what follows a picture may hold any.
    many = data.count(b"\xff\xda") > MOST_SCANS
    if many and sum(marker == _SCAN for marker, _ in _markers(data)) > MOST_SCANS:
        raise InputError(f"the JPEG has more than {MOST_SCANS} scans", code="damaged")
    if data.endswith(bytes(16)) and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda"):
        raise InputError("the JPEG ends too early", code="truncated")


def _check_tail(data: bytes, factory: Callable[..., Any]) -> None:
    """Refuse a WebP whose end was laid out and never written: zeros are a picture to its decoder.

    That of a plain area ends in zeros as well, but needs them: with fewer it is cut off.
    Specification: RFC 9649, section 2.3: type, length and data of each chunk, of an even number of
    bytes.
    """
    at = 12
    while at + 8 <= len(data):
        kind, start = data[at : at + 4], at + 8
        end = start + int.from_bytes(data[at + 4 : start], "little")
        if kind in (b"VP8 ", b"VP8L") and data[start:end].endswith(_ZEROS):
            content = data[start : end - len(_ZEROS)] + bytes(end % 2)
            length = (end - len(_ZEROS) - start).to_bytes(4, "little")
            body = b"".join((data[8:at], kind, length, content, data[end + end % 2 :]))
            shorter = BytesIO(b"RIFF" + len(body).to_bytes(4, "little") + body)
            is_needed = True
            with suppress(*DECODER_ERRORS), factory(shorter, "") as picture, _alone(picture):
                picture.load()
                is_needed = False
            if not is_needed:
                raise InputError("the WebP ends too early", code="truncated")
        at = end + end % 2


_ZEROS = bytes(16)
"""So many that no data end in by chance."""

_CHECKS = {"PNG": _check_png, "JPEG": _check_jpeg}

_MORE = bytes(range(0xFF))
"""Data of a scan that is none; 0xFF would begin a marker."""


def _check_scan(picture: PIL.Image.Image, data: bytes, factory: Callable[..., Any]) -> None:
    """Refuse a JPEG that has its end marker and lacks data before it.

    libjpeg goes on in the colour where they break off, with a warning that Pillow keeps to itself.
    But then it reads whatever stands before the marker: with more there, another picture comes out,
    and of one that is whole the same. Only what ends in one colour needs to be tried, or comes in
    several scans, of which the last may be short.
    """
    corner = (max(0, picture.width - 8), max(0, picture.height - 8), *picture.size)
    flat = all(low == high for low, high in _extrema(picture.crop(corner)))
    if (flat or "progressive" in picture.info) and (end := _scans_end(data)):
        more = BytesIO(b"".join((data[:end], _MORE, data[end:])))
        with factory(more, "") as longer:
            longer.load()
            if not _are_alike(longer, picture):
                raise InputError("the JPEG ends too early", code="truncated")


def _are_alike(one: PIL.Image.Image, other: PIL.Image.Image) -> bool:
    """Whether two pictures of one size are the same, without a third as large for the answer."""
    for top in range(0, one.height, _BAND):
        band = (0, top, one.width, min(top + _BAND, one.height))
        if PIL.ImageChops.difference(one.crop(band), other.crop(band)).getbbox() is not None:
            return False
    return True


_BAND = 256
"""Rows of two pictures that are compared at a time."""


def _extrema(picture: PIL.Image.Image) -> Iterable[tuple[float, float]]:
    """The least and the greatest value of each channel."""
    found = picture.getextrema()
    return found if isinstance(found[0], tuple) else (found,)


def _scans_end(data: bytes) -> int | None:
    """Where the end marker of a JPEG stands; None where there is none."""
    return next((at for marker, at in _markers(data) if marker == _END), None)


_SCAN, _END = 0xDA, 0xD9
_NO_FILL = re.compile(rb"[^\xff]")


def _markers(data: bytes) -> Iterator[tuple[int, int]]:
    """Each marker of a JPEG and where it stands, up to the one that ends the picture.

    Specification: ITU-T T.81, section B.1: segments have their length, and in the data of a scan
    zero follows each 0xFF that begins no marker.
    """
    at = 2
    while 0 < at <= len(data) - 2:
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0 or 0xD0 <= marker <= 0xD7:  # of a scan
            at = data.find(0xFF, at + 1)
        elif marker == 0xFF:  # fills up
            if (behind := _NO_FILL.search(data, at + 2)) is None:
                return
            at = behind.start() - 1
        else:
            yield marker, at
            if marker == _END:
                return
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")


# ---- Pillow's warnings -----------------------------------------------------------------------

# Without a handler, Python prints what is logged in place of being raised.
logging.getLogger("PIL").addHandler(logging.NullHandler())

_OF_PILLOW = re.compile(r"PIL\.")
_IGNORE_PILLOW = ("ignore", None, Warning, _OF_PILLOW, 0)  # the form of `warnings.filters`


_others: dict[str, bool] = {}
"""What the rest of the process has set Pillow to."""


def _hush() -> None:
    warnings.filters.insert(0, _IGNORE_PILLOW)  # type: ignore[attr-defined]
    # Training scripts set it, and a picture that is cut off would pass for a whole one.
    _others["truncated"] = PIL.ImageFile.LOAD_TRUNCATED_IMAGES
    PIL.ImageFile.LOAD_TRUNCATED_IMAGES = False


def _unhush() -> None:
    PIL.ImageFile.LOAD_TRUNCATED_IMAGES = _others.pop("truncated", False)
    for entry in [entry for entry in warnings.filters if entry[3] is _OF_PILLOW]:
        warnings.filters.remove(entry)  # type: ignore[attr-defined]


_quiet_pillow = Shared(_hush, _unhush)
"""Keeps Pillow's warnings on odd metadata to itself, by one filter on Pillow's modules only; and it
is to say what is cut off."""
