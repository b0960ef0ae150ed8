"""Drawn pictures without a white cell, from empty fields to pages of text.

Each function takes a source of chance and a side in pixels and returns RGB, (side, side, 3) uint8.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from wbc_edge.synthetic.scene import draw_field
from wbc_edge.synthetic.style import Style

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]


def blank(rng: Generator, side: int) -> Picture:
    """An evenly or unevenly lit empty field with a little sensor noise."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    slope = rng.normal(0, 0.06, 2)
    light = 1 + slope[0] * x + slope[1] * y - rng.uniform(0, 0.25) * (x**2 + y**2)
    colour = rng.uniform(90, 255) * rng.uniform(0.75, 1, 3)
    return _picture(light[..., None] * colour + rng.normal(0, rng.uniform(0.2, 6), (side, side, 3)))


def red_cells(rng: Generator, side: int) -> Picture:
    """Red cells alone, in another laboratory's stain and light each time."""
    style = Style(
        field=tuple(rng.uniform(0.7, 1, 3) * rng.uniform(170, 255)),
        stain=float(rng.uniform(0.5, 1.8)),
        scale=float(rng.uniform(0.6, 2.5)),
        blur=float(rng.uniform(0.3, 4)),
        noise=float(rng.uniform(0, 5)),
    )
    return draw_field(seed=int(rng.integers(1 << 31)), size=side, style=style)


def noise(rng: Generator, side: int) -> Picture:
    """Noise from white to that of clouds, grey or coloured."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij"))
    frequency[0, 0] = 1
    falloff = rng.uniform(0, 2.2)
    channels = 1 if rng.random() < 0.3 else 3
    planes = np.stack(
        [
            np.fft.irfft2(
                np.fft.rfft2(rng.normal(size=(side, side))) / frequency**falloff, (side,) * 2
            )
            for _ in range(channels)
        ],
        -1,
    )
    planes /= planes.std()
    return _picture(
        rng.uniform(60, 200, 3) + rng.uniform(10, 70) * np.broadcast_to(planes, (side, side, 3))
    )


def text(rng: Generator, side: int) -> Picture:
    """A page of letters, dark on light or the other way round."""
    paper = rng.uniform(190, 255) * rng.uniform(0.85, 1, 3)
    ink = rng.uniform(0, 110) * rng.uniform(0.5, 1, 3)
    if rng.random() < 0.2:
        paper, ink = ink, paper
    page = Image.new("RGB", (side, side), tuple(int(c) for c in paper))
    pen = ImageDraw.Draw(page)
    size = float(rng.uniform(8, 60))
    font = ImageFont.load_default(size)
    letters = list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;-     ")
    y = rng.uniform(-size, size / 2)
    while y < side:
        line = "".join(rng.choice(letters, int(2.5 * side / size) + 2))
        pen.text((rng.uniform(-size, 0), y), line, font=font, fill=tuple(int(c) for c in ink))
        y += size * rng.uniform(1.1, 1.6)
    return np.asarray(page.rotate(rng.choice([0, 0, 90, 3, -7]), fillcolor=page.getpixel((0, 0))))


def leaves(rng: Generator, side: int) -> Picture:
    """Overlapping shaded shapes of all sizes: the statistics of photographs of everyday scenes.

    The dead-leaves model (Lee, Mumford and Huang, Int. J. Computer Vision 41 (2001) 35-59) with
    textured leaves and colours drawn around a palette.
    """
    picture = np.empty((side, side, 3), np.float32)
    picture[:] = rng.uniform(0, 255, 3)
    palette = rng.uniform(0, 255, (rng.integers(2, 7), 3))
    smallest, largest = rng.uniform(0.04, 0.15) * side, rng.uniform(0.3, 0.8) * side
    for _ in range(int(rng.integers(25, 160))):
        # Radii by an inverse cubic law make the picture the same at every scale.
        u = rng.random()
        radius = 1 / np.sqrt(u / smallest**2 + (1 - u) / largest**2)
        centre = rng.uniform(0, side, 2)
        mask = np.zeros((side, side), np.uint8)
        if rng.random() < 0.6:
            axes = (radius, radius * rng.uniform(0.3, 1))
            ellipse = (tuple(centre.tolist()), axes, float(rng.uniform(0, 180)))
            cv2.ellipse(mask, ellipse, 1, -1)
        else:
            angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 8)))
            corners = centre + radius * np.stack([np.cos(angles), np.sin(angles)], 1)
            cv2.fillPoly(mask, [corners.astype(np.int32)], 1)
        colour = palette[rng.integers(len(palette))] + rng.normal(0, 18, 3)
        shade = np.linspace(rng.uniform(-40, 0), rng.uniform(0, 40), side)[:, None]
        grain = rng.normal(0, rng.uniform(0, 25), (side, side))
        leaf = colour + (shade + grain)[..., None]
        picture[mask > 0] = leaf[mask > 0]
    return cv2.GaussianBlur(_picture(picture), (0, 0), rng.uniform(0.3, 2))


def _picture(values: NDArray[np.floating]) -> Picture:
    return np.clip(values, 0, 255).astype(np.uint8)


KINDS: dict[str, Callable[[Generator, int], Picture]] = {
    "blank": blank,
    "red-cells": red_cells,
    "noise": noise,
    "text": text,
    "leaves": leaves,
}
