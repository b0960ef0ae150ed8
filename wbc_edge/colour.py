"""Samples of any kind -> uint8 RGB. The rules are those of `wbc_edge.image`."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image

from wbc_edge.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECODER_ERRORS = (
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
"""What Pillow raises on damaged data; its plug-ins parse with struct, zlib and plain indexing."""


def from_array(array: NDArray[Any]) -> tuple[PIL.Image.Image, tuple[str, ...]]:
    """An RGB picture from an array by the rules of `wbc_edge.image`, and what there is to note.

    Taken: bool, uint8 or uint16, of shape (H, W), (H, W, 1) grey, (H, W, 2) grey with alpha,
    (H, W, 3) RGB or (H, W, 4) RGB with alpha. Raises InputError for any other.
    """
    array = np.asarray(array)  # a subclass, such as np.matrix, has shapes of its own mind
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
    elif array.dtype.kind == "u" and array.dtype.itemsize == 2:  # in either order of bytes
        _check_depth(array[:, :, :1] if array.shape[2] < 3 else array[:, :, :3], bits=16)
        array = (array >> 8).astype(np.uint8)
    elif array.dtype != np.uint8:
        raise InputError(
            f"samples of type {array.dtype} have no defined white; give uint8 or uint16",
            code="unsupported_depth",
        )
    if array.shape[2] == 3:
        return PIL.Image.fromarray(np.ascontiguousarray(array)), ()
    if array.shape[2] == 1:
        return PIL.Image.fromarray(np.repeat(array, 3, axis=2)), ()
    mode = "LA" if array.shape[2] == 2 else "RGBA"
    height, width = array.shape[:2]
    samples = np.ascontiguousarray(array).tobytes()
    return _shown(PIL.Image.frombuffer(mode, (width, height), samples, "raw", mode, 0, 1))


SEEN = 0.1
"""Share of a picture that is not transparent, below which it is noted."""

_ORIENTATION = 0x0112  # the tag of EXIF and TIFF
_UPRIGHT = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}


def upright_rgb(image: PIL.Image.Image, *, deep: bool) -> tuple[PIL.Image.Image, tuple[str, ...]]:
    """A loaded picture turned upright, as RGB, and what there is to note."""
    if 0 in image.size:
        raise InputError(f"{image.width} x {image.height}: there are no pixels", code="empty")
    rgb, notes = _shown(image, deep=deep)
    try:
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except DECODER_ERRORS:
        turn = None
        notes = (*notes, "orientation unknown: the EXIF data are damaged")
    if turn is not None:
        rgb = rgb.transpose(turn)
    return rgb, notes


def _shown(
    image: PIL.Image.Image, *, deep: bool = False
) -> tuple[PIL.Image.Image, tuple[str, ...]]:
    """A picture as RGB, what is transparent on white, and what there is to note of that."""
    notes: tuple[str, ...] = ()
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode in ("LA", "PA", "RGBA"):
        opacity = image.getchannel("A").histogram()
        if not any(opacity[2:]):
            # White all over, if that is meant; more often a program that never set it, or a mask.
            image = image.convert("RGB")
            notes = ("wholly transparent: shown as if it were not",)
        elif sum(opacity[128:]) < SEEN * sum(opacity):
            notes = ("transparent for the most part: white shines through",)
    return _to_rgb(image, deep=deep), notes


def _to_rgb(image: PIL.Image.Image, *, deep: bool) -> PIL.Image.Image:
    mode = image.mode
    if mode.startswith("I;16"):
        return _from_16_bit(image)
    if mode in ("I", "F"):
        kind = "signed or 32-bit" if mode == "I" else "floating-point"
        raise InputError(f"{kind} samples have no defined white", code="unsupported_depth")
    if mode == "LAB":
        raise InputError("CIE L*a*b* colour is not read", code="unsupported_colour")
    alpha = mode in ("LA", "La", "PA", "RGBA", "RGBa")
    if deep:
        # Before white shines through: one transparent pixel would pass for the full range.
        colours = np.asarray(image.convert("RGBA" if alpha else "RGB"))[..., :3]
        _check_depth(colours, bits=8)
    if alpha or "transparency" in image.info:
        return _on_white(image, deep=deep)
    return image if mode == "RGB" else image.convert("RGB")


def _on_white(image: PIL.Image.Image, *, deep: bool = False) -> PIL.Image.Image:
    key = image.info.get("transparency")
    if deep and isinstance(key, tuple):
        # Pillow keeps the transparent colour of a 16-bit PNG at 16 bits, its pixels at 8.
        image = image.copy()
        image.info["transparency"] = tuple(sample >> 8 for sample in key)
    if image.mode == "La":
        image = image.convert("LA")
    if image.mode != "RGBA":
        image = image.convert("RGBA")
    # Pasted, and not composed, since a large picture is there twice then and not five times.
    rgb = PIL.Image.new("RGB", image.size, (255, 255, 255))
    rgb.paste(image, mask=image)
    return rgb


def _from_16_bit(image: PIL.Image.Image) -> PIL.Image.Image:
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
    return PIL.Image.fromarray(grey).convert("RGB")


def is_deep(image: PIL.Image.Image) -> bool:
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
