"""What stain, lamp, camera and codec do, to a batch: the changes of `train.augment` and `style`.

Each takes pictures (N, 3, H, W), grey levels as float32, and the source of chance, and returns such
pictures; every picture is changed by values of its own, drawn as its namesake draws them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from train import augment, style
from train.accelerator.colour import compressed, from_hsv, from_lab, to_hsv, to_lab
from train.accelerator.filters import background, beside, blurred, column, correlated, mixed
from train.accelerator.geometry import coarse

if TYPE_CHECKING:
    from numpy.random import Generator
    from torch import Tensor

    from train.augment import Augmentation

_WHITE = np.log(256.0)
_GREY = np.array([[0.299, 0.587, 0.114]] * 3)


def softened(pictures: Tensor, how: Augmentation, rng: Generator) -> Tensor:
    """Out of focus, or seen by a coarser camera and enlarged."""
    half = rng.binomial(len(pictures), 0.5)
    # Shuffled, as negatives lie last in every batch, and get blurs and cameras like the others.
    order = rng.permutation(len(pictures))
    shuffled = pictures[beside(order, pictures)]
    parts = []
    if half:
        sigmas = rng.uniform(augment.SHARPEST, max(augment.SHARPEST, how.defocus), half)
        parts.append(blurred(shuffled[:half], sigmas))
    if half < len(pictures):
        parts.append(coarse(shuffled[half:], rng))
    return torch.cat(parts)[beside(np.argsort(order), pictures)]


def restained(pictures: Tensor, how: Augmentation, rng: Generator) -> Tensor:
    """Another amount and hue of stain, another lamp."""
    count = len(pictures)
    empty = torch.log(background(pictures).floor() + 1)
    strength = np.exp(rng.normal(0, augment.STRENGTH, (count, 1, 1)))
    mixing = strength * (np.eye(3) + rng.normal(0, how.stain, (count, 3, 3)))
    lamp = rng.normal(0, how.lamp / 2, (count, 1)) + rng.normal(0, how.lamp, (count, 3))
    white = (empty[:, :, None, None] + column(lamp, pictures)).clamp_max(_WHITE)
    density = empty[:, :, None, None] - torch.log(pictures + 1)
    return torch.exp(white - mixed(density, mixing)) - 1


def dyed(pictures: Tensor, how: Augmentation, rng: Generator) -> Tensor:
    """Every dye's amount scaled and shifted on its own."""
    count = len(pictures)
    factors = 1 + rng.uniform(-how.dyes, how.dyes, (count, 3))
    added = rng.uniform(-how.dyes, how.dyes, (count, 3))
    mixing = augment.DYES.T @ (factors[:, :, None] * np.linalg.inv(augment.DYES.T))
    density = mixed(_WHITE - torch.log(pictures + 1), mixing)
    return torch.exp(_WHITE - density - column(added @ augment.DYES, pictures)) - 1


def matched(pictures: Tensor, rng: Generator) -> Tensor:
    """The mean and spread of every channel of L*a*b* as on another slide."""
    count = len(pictures)
    lab = to_lab(pictures)
    spread, mean = torch.std_mean(lab, (2, 3), correction=0, keepdim=True)
    mean_of, spread_of = augment.SLIDE_MEAN, augment.SLIDE_SPREAD
    target_mean = rng.normal(mean_of[0], mean_of[1], (count, 3))
    target_spread = np.maximum(rng.normal(spread_of[0], spread_of[1], (count, 3)), 1)
    factor = column(target_spread, pictures) / spread.clamp_min(1)
    return from_lab(column(target_mean, pictures) + factor * (lab - mean))


def tinted(pictures: Tensor, rng: Generator) -> Tensor:
    """Seen by a warm lamp."""
    count = len(pictures)
    gains = np.stack(
        [np.ones(count), rng.uniform(*style.GREEN, count), rng.uniform(*style.BLUE, count)], 1
    ) * rng.uniform(*style.DIMMED, (count, 1))
    return pictures * column(gains, pictures)


def shifted(pictures: Tensor, rng: Generator) -> Tensor:
    """Other hues and saturation, and another tone curve."""
    count = len(pictures)
    hue, saturation, value = to_hsv(pictures).unbind(1)
    one = hue[:, :1, :1]
    # OpenCV counts hue in 180 steps, and so does the strength.
    hue = (hue + column(rng.normal(0, style.HUE, count) / 180, one)) % 1
    saturation = (
        saturation * column(np.exp(rng.normal(0, style.SATURATION, count)), one)
    ).clamp_max(1)
    gamma = column(np.exp(rng.normal(0, style.GAMMA, count)), pictures)
    changed = from_hsv(torch.stack([hue, saturation, value], 1))
    return 255 * (changed.clamp(1e-3, 255) / 255) ** gamma


def faded(pictures: Tensor, rng: Generator) -> Tensor:
    """Partly or wholly without colour."""
    share = column(rng.uniform(*style.FADED, len(pictures)), pictures)
    return share * mixed(pictures, _GREY) + (1 - share) * pictures


def exposed(pictures: Tensor, rng: Generator) -> Tensor:
    """Over-exposed, or with a camera's own contrast."""
    count = len(pictures)
    bright = rng.random(count) < 0.5
    over, contrast = rng.uniform(*style.OVER, count), rng.uniform(*style.CONTRAST, count)
    gain = np.where(bright, over, np.exp(contrast))
    middle = pictures.mean((1, 2, 3), keepdim=True) * column(np.where(bright, 0.0, 1.0), pictures)
    return middle + (pictures - middle) * column(gain, pictures)


def sharpened(pictures: Tensor, rng: Generator) -> Tensor:
    """With the edges drawn over: an unsharp mask."""
    soft = blurred(pictures, rng.uniform(*style.EDGES, len(pictures)))
    amount = column(rng.uniform(*style.AMOUNT, len(pictures)), pictures)
    return pictures + amount * (pictures - soft)


def filtered(pictures: Tensor, rng: Generator) -> Tensor:
    """Blended with a random convolution of itself."""
    count = len(pictures)
    side = max(style.KERNELS)
    kernels = np.zeros((count, side, side))
    for kernel, size in zip(kernels, rng.choice(style.KERNELS, count), strict=True):
        inside = slice((side - size) // 2, (side + size) // 2)
        kernel[inside, inside] = rng.normal(0, 1 / size, (size, size))
    values = pictures / 127.5 - 1
    spread = correlated(values, beside(kernels, pictures))
    changed = mixed(spread, rng.normal(0, 1 / np.sqrt(3), (count, 3, 3)))
    share = column(rng.uniform(*style.BLEND, count), pictures)
    return 127.5 * (share * changed + (1 - share) * values + 1)


def veiled(pictures: Tensor, rng: Generator) -> Tensor:
    """Stray light or dirt: every colour drawn towards one."""
    count = len(pictures)
    amount = column(rng.uniform(*augment.VEIL, count), pictures)
    return (1 - amount) * pictures + amount * column(
        rng.uniform(*augment.VEIL_COLOUR, (count, 3)), pictures
    )


def noisy(pictures: Tensor, rng: Generator) -> Tensor:
    """A sensor's noise."""
    seed = int(rng.integers(2**62))
    chance = torch.Generator(pictures.device).manual_seed(seed)
    noise = torch.randn(
        pictures.shape, generator=chance, device=pictures.device, dtype=pictures.dtype
    )
    return pictures + noise * column(rng.uniform(*augment.NOISE, len(pictures)), pictures)


def coded(pictures: Tensor, rng: Generator) -> Tensor:
    """With JPEG's artefacts."""
    return compressed(pictures, rng.integers(*augment.QUALITY, len(pictures)))
