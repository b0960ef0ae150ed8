"""One picture as other microscopes, stains, cameras and cuts would have given it.

After Hendrycks and Dietterich, "Benchmarking neural network robustness to common corruptions and
perturbations", ICLR 2019, with what bright-field cytology adds: lamps, stains, magnifications.
Every change is the same each time. Pillow and numpy make it, and not the code that varies training
views, but a recipe may have met its like: `train.augment` has lamps, stains and cameras too.
Lengths go by the picture's shorter side.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from wbc_edge.light import bright

Picture = Image.Image
Change = Callable[[Picture], Picture]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A circumstance.

    Attributes:
        name: of it.
        what: it does, in a few words.
        change: RGB picture -> RGB picture; the first is left as it is.
    """

    name: str
    what: str
    change: Change


def _side(picture: Picture) -> int:
    return min(picture.size)


def _cut(share: float, right: float = 0.0, down: float = 0.0) -> Change:
    """A square about a point; what lies beyond the picture is its mirror image."""

    def change(picture: Picture) -> Picture:
        side = _side(picture)
        half, margin = round(share * side / 2), side
        pixels = np.pad(
            np.asarray(picture), ((margin, margin), (margin, margin), (0, 0)), "symmetric"
        )
        x = margin + round(picture.width / 2 + right * side)
        y = margin + round(picture.height / 2 + down * side)
        return Image.fromarray(pixels[y - half : y + half, x - half : x + half])

    return change


def _resized(side: int) -> Change:
    def change(picture: Picture) -> Picture:
        factor = side / _side(picture)
        size = round(picture.width * factor), round(picture.height * factor)
        return picture.resize(size, Image.Resampling.BICUBIC)

    return change


def _blurred(share: float) -> Change:
    return lambda picture: picture.filter(ImageFilter.GaussianBlur(share * _side(picture)))


def _moved(share: float) -> Change:
    """Smeared along a row, as by a stage that moves while the shutter is open."""

    def change(picture: Picture) -> Picture:
        reach = max(1, round(share * _side(picture) / 2))
        pixels = np.pad(np.asarray(picture, np.float32), ((0, 0), (reach, reach), (0, 0)), "edge")
        width = picture.width
        shifted = [pixels[:, start : start + width] for start in range(2 * reach + 1)]
        return _picture(np.mean(shifted, axis=0))

    return change


def _sharpened(share: float, per_cent: int) -> Change:
    return lambda picture: picture.filter(
        ImageFilter.UnsharpMask(share * _side(picture), per_cent, threshold=0)
    )


def _lit(*gains: float) -> Change:
    """More or less light: one gain, or one each of red, green and blue."""
    gain = np.array(gains, np.float32)
    return lambda picture: _picture(np.asarray(picture, np.float32) * gain)


def _stained(*factors: float) -> Change:
    """Other optical densities (Beer-Lambert) against the background: one factor, or one each."""

    def change(picture: Picture) -> Picture:
        white = bright(picture) + 1
        density = np.maximum(-np.log((np.asarray(picture, np.float64) + 1) / white), 0)
        return _picture(np.exp(-density * factors) * white - 1)

    return change


def _hued(degrees: float) -> Change:
    def change(picture: Picture) -> Picture:
        hue, chroma, value = picture.convert("HSV").split()
        turned = hue.point([round(level + degrees / 360 * 256) % 256 for level in range(256)])
        return Image.merge("HSV", (turned, chroma, value)).convert("RGB")

    return change


def _contrasted(factor: float) -> Change:
    return lambda picture: ImageEnhance.Contrast(picture).enhance(factor)


def _compressed(quality: int) -> Change:
    def change(picture: Picture) -> Picture:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality)
        return Image.open(file).convert("RGB")

    return change


def _noisy(deviation: float) -> Change:
    def change(picture: Picture) -> Picture:
        noise = np.random.default_rng(0).normal(0, deviation, (picture.height, picture.width, 3))
        return _picture(np.asarray(picture) + noise)

    return change


def _shaded(picture: Picture) -> Picture:
    """Darker towards the corners."""
    y, x = np.mgrid[-1 : 1 : picture.height * 1j, -1 : 1 : picture.width * 1j]
    return _picture(np.asarray(picture) * (1 - 0.3 * (x**2 + y**2))[..., np.newaxis])


def _through_an_eyepiece(picture: Picture) -> Picture:
    """Black beyond the largest circle."""
    y, x = np.mgrid[: picture.height, : picture.width]
    radius = _side(picture) / 2
    outside = np.hypot(y - picture.height / 2, x - picture.width / 2) > radius
    return _picture(np.where(outside[..., np.newaxis], 0, np.asarray(picture)))


def _picture(values: np.ndarray) -> Picture:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


CONDITIONS = (
    Condition(name="as it is", what="nothing", change=lambda picture: picture),
    Condition(name="tight", what="the middle 60 % of the side", change=_cut(0.6)),
    Condition(name="wide", what="twice the side, mirrored margins", change=_cut(2)),
    Condition(name="off centre", what="moved by a fifth of the side", change=_cut(1, 0.2, 0.1)),
    Condition(name="coarse", what="a shorter side of 64 pixels", change=_resized(64)),
    Condition(name="out of focus", what="Gaussian, 1.2 % of the side", change=_blurred(0.012)),
    Condition(name="moving", what="smeared over 4 % of the side", change=_moved(0.04)),
    Condition(name="sharpened", what="unsharp mask, 200 %", change=_sharpened(0.008, 200)),
    Condition(name="over-exposed", what="1.5 times the light", change=_lit(1.5)),
    Condition(name="under-exposed", what="0.4 times the light", change=_lit(0.4)),
    Condition(name="hard contrast", what="1.8 times about the mean", change=_contrasted(1.8)),
    Condition(
        name="yellow lamp", what="15 % less green, 60 % less blue", change=_lit(1, 0.85, 0.4)
    ),
    Condition(name="blue lamp", what="25 % less red, 10 % less green", change=_lit(0.75, 0.9, 1)),
    Condition(name="shaded", what="corners at 40 % of the light", change=_shaded),
    Condition(name="eyepiece", what="black beyond a circle", change=_through_an_eyepiece),
    Condition(name="pale stain", what="half the density", change=_stained(0.5)),
    Condition(name="dark stain", what="1.7 times the density", change=_stained(1.7)),
    Condition(
        name="blue stain",
        what="1.2 times the density in red, 0.5 in blue",
        change=_stained(1.2, 1, 0.5),
    ),
    Condition(
        name="red stain",
        what="0.6 times the density in red",
        change=_stained(0.6, 1, 1),
    ),
    Condition(name="hues forward", what="turned by 40 degrees", change=_hued(40)),
    Condition(name="hues back", what="turned by -40 degrees", change=_hued(-40)),
    Condition(
        name="without colour",
        what="grey",
        change=lambda picture: picture.convert("L").convert("RGB"),
    ),
    Condition(name="noisy", what="deviation of 20 grey levels", change=_noisy(20)),
    Condition(name="compressed", what="JPEG, quality 15", change=_compressed(15)),
)
