"""Views of a cell that another slide, stain, lamp, camera or codec might have given.

Each function takes and returns one picture, uint8 RGB; `view` chains them. OpenCV does the pixel
work: it is vectorised, releases the interpreter, and makes several hundred views a second on one
core.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from train import style
from wbc_edge import framing
from wbc_edge.errors import UsageError

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]


AMOUNTS = ("scale", "shift", "stain", "lamp", "dyes", "defocus")
"""The strengths that tell how far, not how often: these do not stop at 1."""

SHARPEST = 0.4
"""Standard deviation of the least defocus, in pixels of the view: below, nothing is to be seen."""

# What is drawn of every change, beyond the strengths that can be chosen: ends of uniform
# distributions, or the standard deviations of normal ones. `train.accelerator` draws the same.
TIGHT = (0.65, 1.0)
"""Half the side of a tight crop, in halves of the view's."""
ASTRAY = 0.08
"""Greatest distance of a tight crop's middle from the cell's, in sides of the view."""
STRETCH = 0.04
"""Of the logarithm of a stretch along an axis."""
STRENGTH = 0.25
"""Of the logarithm of all stain's amount."""
VEIL, VEIL_COLOUR = (0.1, 0.45), (60, 255)
"""Share of a veil in the picture, and each channel of its colour."""
COARSE = (0.3, 0.9)
"""Side of a coarser camera's picture, in sides of the view."""
NOISE = (1, 8)
"""Standard deviation of a sensor's noise in grey levels."""
QUALITY = (35, 95)
"""Of JPEG, the upper end left out."""


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How strongly training pictures are varied; probabilities are per picture.

    Attributes:
        scale: greatest zoom in or out, as a factor.
        shift: greatest displacement in view sides.
        crop: probability of a tight crop, as from a camera that shows little around the cell.
        plain: probability of a view that is only turned, moved, cropped and scaled: what follows
            leaves it alone.
        colour: probability of another stain and lamp.
        stain: standard deviation of the stain's change (entries of the log-intensity matrix).
        lamp: standard deviation of the lamp's change (log gain per channel).
        haze: probability of a veil that takes contrast away.
        blur: probability of defocus or of a coarser camera.
        defocus: greatest standard deviation of a defocus, in pixels of the view.
        codec: probability of JPEG artefacts.
        noise: probability of sensor noise.
        hed: probability of other amounts of the single dyes, parted by colour deconvolution.
        dyes: greatest change of such an amount, relative and absolute.
        reinhard: probability of the mean and spread of colour of another slide.
        tint: probability of a warm lamp.
        hue: probability of a camera's other hues, saturation and tone.
        fade: probability of losing colour.
        filter: probability of a random convolution.
        expose: probability of over-exposure or another contrast, with both ends cut off.
        sharpen: probability of a camera's sharpening.
    """

    scale: float = 1.3
    shift: float = 0.08
    crop: float = 0.25
    plain: float = 0.0
    colour: float = 0.8
    stain: float = 0.12
    lamp: float = 0.15
    haze: float = 0.15
    blur: float = 0.35
    defocus: float = 2.2
    codec: float = 0.2
    noise: float = 0.2
    hed: float = 0.0
    dyes: float = 0.1
    reinhard: float = 0.0
    tint: float = 0.0
    hue: float = 0.0
    fade: float = 0.0
    filter: float = 0.0
    expose: float = 0.0
    sharpen: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value >= 0:
                raise UsageError(f"the augmentation '{name}' has to be 0 or more, not {value:g}")
            if name not in AMOUNTS and value > 1:
                raise UsageError(f"the augmentation '{name}' is a probability, not {value:g}")
        if self.scale < 1:
            raise UsageError("the augmentation 'scale' is a factor: 1 for none, not less")


def view(context: Picture, size: tuple[int, int], how: Augmentation, rng: Generator) -> Picture:
    """A new view of a cell.

    Args:
        context: the cell with its surroundings, shape (H, W, 3), larger than the view.
        size: (height, width) of the view.
        how: strengths.
        rng: source of chance; the same state gives the same view.

    Returns:
        Picture of shape (height, width, 3).
    """
    if rng.random() < how.crop:
        context = _tight_crop(context, size, rng)
    picture = _turn(context, size, how, rng)
    # What is off draws nothing: views of a seed stay the same when a kind of look is added.
    if how.plain and rng.random() < how.plain:
        return picture
    return _look(picture, how, rng)


def _look(picture: Picture, how: Augmentation, rng: Generator) -> Picture:
    """Another focus, stain, lamp and camera."""
    for kind, change in LOOKS.items():
        chance = getattr(how, kind)
        if chance and rng.random() < chance:
            picture = change(picture, how, rng)
    return picture


def _tight_crop(context: Picture, size: tuple[int, int], rng: Generator) -> Picture:
    """A smaller frame around the cell, padded as the device pads at a picture's border."""
    height, width = context.shape[:2]
    half = rng.uniform(*TIGHT) * min(size) / 2
    x = width / 2 + rng.uniform(-ASTRAY, ASTRAY) * size[1]
    y = height / 2 + rng.uniform(-ASTRAY, ASTRAY) * size[0]
    left, upper = max(0, round(x - half)), max(0, round(y - half))
    right, lower = min(width, round(x + half)), min(height, round(y + half))
    inside = context[upper:lower, left:right]
    padded = np.empty_like(context)
    padded[:] = framing.background(inside)
    padded[upper:lower, left:right] = inside
    return padded


def _turn(context: Picture, size: tuple[int, int], how: Augmentation, rng: Generator) -> Picture:
    """Any rotation, mirror image, zoom, slight stretch and shift, in one resampling."""
    height, width = size
    angle = rng.uniform(0, 2 * np.pi)
    zoom = np.exp(rng.uniform(-1, 1) * np.log(how.scale))
    stretch = np.exp(rng.normal(0, STRETCH, 2))
    mirror = np.diag([rng.choice([-1.0, 1.0]), 1.0])
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # Maps view coordinates to context coordinates, both from their centres.
    matrix = rotation @ mirror @ np.diag(stretch) / zoom
    centre = np.array([(context.shape[1] - 1) / 2, (context.shape[0] - 1) / 2])
    centre += rng.uniform(-how.shift, how.shift, 2) * (width, height)
    offset = centre - matrix @ np.array([(width - 1) / 2, (height - 1) / 2])
    return cv2.warpAffine(
        context,
        np.column_stack([matrix, offset]),
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=framing.background(context).tolist(),
    )


_LOG = np.log(np.arange(256, dtype=np.float32) + 1)


def _restain(picture: Picture, how: Augmentation, rng: Generator) -> Picture:
    """Another amount and hue of stain, another lamp.

    By the Beer-Lambert law the logarithm of the light that passes is linear in the amounts of the
    dyes, so that a change of dyes is a linear map of optical density, and a change of lamp an
    offset (Ruifrok and Johnston, Anal. Quant. Cytol. Histol. 23 (2001) 291-299; jitter after Tellez
    et al., IEEE TMI 37 (2018) 2126).
    """
    log = _LOG[picture]
    background = _LOG[framing.background(picture)]
    strength = np.exp(rng.normal(0, STRENGTH))
    mixing = strength * (np.eye(3) + rng.normal(0, how.stain, (3, 3)))
    lamp = rng.normal(0, how.lamp / 2) + rng.normal(0, how.lamp, 3)
    white = np.minimum(background + lamp, _LOG[-1])
    # log out = white - mixing (background - log in)
    return _map_logarithms(log, mixing, white - mixing @ background)


DYES = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
"""Optical density of haematoxylin, eosin and a third dye in red, green and blue, a row each."""


def _change_dyes(picture: Picture, how: Augmentation, rng: Generator) -> Picture:
    """Every dye's amount scaled and shifted on its own.

    Colour deconvolution with the vectors of Ruifrok and Johnston (above), jittered as "HED" in
    Tellez et al., Medical Image Analysis 58 (2019) 101544: the blue dye stands for azure B, which
    Romanowsky stains have in place of haematoxylin.
    """
    factors = 1 + rng.uniform(-how.dyes, how.dyes, 3)
    added = rng.uniform(-how.dyes, how.dyes, 3)
    # density = DYES' amounts, and density = white - log; so the whole is linear in log.
    mixing = DYES.T @ np.diag(factors) @ np.linalg.inv(DYES.T)
    white = np.full(3, _LOG[-1])
    return _map_logarithms(_LOG[picture], mixing, white - mixing @ white - DYES.T @ added)


def _map_logarithms(
    log: NDArray[np.float32], matrix: NDArray[np.float64], offset: NDArray[np.float64]
) -> Picture:
    changed = cv2.transform(log, np.column_stack([matrix, offset]))
    return style.levels(np.exp(changed) - 1)


# L*, a* and b* over single cells: mean (first row) and standard deviation (second) over 300 cells
# of each of PBC, Chula and BCCD of a picture's mean, and of its standard deviation.
SLIDE_MEAN = np.array([[67.0, 10.1, -2.9], [14.4, 4.6, 8.7]])
SLIDE_SPREAD = np.array([[10.5, 8.3, 13.0], [4.2, 3.7, 4.3]])


def _match_slide(picture: Picture, rng: Generator) -> Picture:
    """The mean and spread of every channel of L*a*b* as on another slide, drawn at random.

    Reinhard et al., "Color transfer between images", IEEE CG&A 21 (2001) 34; towards a slide drawn
    from a distribution as in Shen et al., "RandStainNA", MICCAI 2022.
    """
    return match(picture, rng.normal(*SLIDE_MEAN), np.maximum(rng.normal(*SLIDE_SPREAD), 1))


def match(picture: Picture, mean: NDArray[np.floating], spread: NDArray[np.floating]) -> Picture:
    """The picture with this mean and standard deviation of L*, a* and b*."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    own_mean, own_spread = (part.ravel() for part in cv2.meanStdDev(lab))
    factor = spread / np.maximum(own_spread, 1)
    matrix = np.column_stack([np.diag(factor), mean - factor * own_mean])
    rgb = cv2.cvtColor(cv2.transform(lab, matrix), cv2.COLOR_LAB2RGB)
    return style.levels(255 * rgb)


def _veil(picture: Picture, rng: Generator) -> Picture:
    """Stray light or dirt: every colour drawn towards one."""
    amount = rng.uniform(*VEIL)
    colour = rng.uniform(*VEIL_COLOUR, 3)
    return style.levels((1 - amount) * picture + amount * colour)


def _soften(picture: Picture, how: Augmentation, rng: Generator) -> Picture:
    """Out of focus, or seen by a coarser camera and enlarged."""
    height, width = picture.shape[:2]
    if rng.random() < 0.5:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(SHARPEST, max(SHARPEST, how.defocus)))
    factor = rng.uniform(*COARSE)
    small = cv2.resize(
        picture, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA
    )
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def _compress(picture: Picture, rng: Generator) -> Picture:
    # OpenCV codes pictures as BGR.
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*QUALITY))]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality)
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def _noisy(picture: Picture, rng: Generator) -> Picture:
    noise = rng.normal(0, rng.uniform(*NOISE), picture.shape)
    return style.levels(picture + noise)


LOOKS: dict[str, Callable[[Picture, Augmentation, Generator], Picture]] = {
    "blur": _soften,
    "colour": _restain,
    "hed": _change_dyes,
    "reinhard": lambda picture, _, rng: _match_slide(picture, rng),
    "tint": lambda picture, _, rng: style.tinted(picture, rng),
    "hue": lambda picture, _, rng: style.shifted(picture, rng),
    "fade": lambda picture, _, rng: style.faded(picture, rng),
    "filter": lambda picture, _, rng: style.filtered(picture, rng),
    "expose": lambda picture, _, rng: style.exposed(picture, rng),
    "sharpen": lambda picture, _, rng: style.sharpened(picture, rng),
    "haze": lambda picture, _, rng: _veil(picture, rng),
    "noise": lambda picture, _, rng: _noisy(picture, rng),
    "codec": lambda picture, _, rng: _compress(picture, rng),
}
"""What may become of a view, in this order, each with its probability in `Augmentation`."""
