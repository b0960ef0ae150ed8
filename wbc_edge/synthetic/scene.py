"""One picture: red cells and a cell on a lit field, seen through a microscope by a camera."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from wbc_edge.errors import UsageError
from wbc_edge.synthetic import style as stain
from wbc_edge.synthetic.cells import RECIPES
from wbc_edge.synthetic.painting import Painting
from wbc_edge.synthetic.shapes import Patch, Point
from wbc_edge.synthetic.style import PBC, Style

LABELS = tuple(RECIPES)
FRAME = 36.0
"""Width of PBC's frame in micrometres, at 10 px each."""
RED_CELL_RADIUS = 3.74
"""Half the median diameter of 575 free-lying red cells of PBC (74.8 px; 5 to 95 %: 66 to 83)."""
SMEAR = 3.0
"""Width of a field with several cells, in frames."""
MIN_SIZE, MAX_SIZE = 16, 4096
DRAWN_SIZE = 240
"""Frames smaller than this are drawn at a multiple and reduced: granules need the pixels."""


def draw(label: str, *, seed: int = 0, size: int = 360, style: Style = PBC) -> NDArray[np.uint8]:
    """Draw one cell of the kind `label` among red cells: RGB, shape (size, size, 3).

    The same arguments give the same pixels. Raises `UsageError` for an unknown label, a negative
    seed or a size outside 16 to 4096 px.
    """
    if label not in RECIPES:
        raise UsageError(f"unknown label {label!r}; the labels are {', '.join(LABELS)}")
    scene = Scene(_generator(seed, 1 + LABELS.index(label)), size, style)
    scene.add_cell(label)
    scene.add_red_cells()
    return scene.photograph()


def draw_field(
    *, seed: int = 0, size: int = 360, style: Style = PBC, red_cells: bool = True
) -> NDArray[np.uint8]:
    """Draw a field that holds no nucleated cell: red cells alone, or nothing.

    RGB, shape (size, size, 3). Raises `UsageError` as `draw` does.
    """
    scene = Scene(_generator(seed, 0), size, style)
    if red_cells:
        scene.add_red_cells()
    return scene.photograph()


def draw_smear(
    labels: Sequence[str], *, seed: int = 0, size: int = 1080, style: Style = PBC
) -> tuple[NDArray[np.uint8], list[Point]]:
    """Draw a field that holds one cell of each kind in `labels`, apart from one another.

    RGB, shape (size, size, 3), which shows `SMEAR` times as much in width as a picture of one cell,
    and the middle (x, y) of each cell in pixels. Raises `UsageError` as `draw` does, and where so
    many cells have no room.
    """
    if unknown := set(labels) - set(RECIPES):
        raise UsageError(f"unknown label {min(unknown)!r}; the labels are {', '.join(LABELS)}")
    wide = replace(style, scale=style.scale / SMEAR)
    scene = Scene(_generator(seed, 1 + len(LABELS)), size, wide)
    places = [scene.add_cell(label, scene.free_place(RECIPES[label].reach)) for label in labels]
    scene.add_red_cells()
    return scene.photograph(), [
        (x * size / scene.extent, y * size / scene.extent) for x, y in places
    ]


def _generator(seed: int, stream: int) -> np.random.Generator:
    if seed < 0:
        raise UsageError(f"a seed cannot be negative: {seed}")
    return np.random.Generator(np.random.PCG64([seed, stream]))


class Scene:
    """Optical density of a square frame, painted object by object.

    Positions and radii are in micrometres; the bodies painted so far keep red cells away.
    """

    def __init__(self, rng: np.random.Generator, size: int, style: Style) -> None:
        if not MIN_SIZE <= size <= MAX_SIZE:
            raise UsageError(f"a size must lie between {MIN_SIZE} and {MAX_SIZE} px, not {size}")
        self.rng = rng
        self.size = size
        self.style = style
        self.reduction = -(-DRAWN_SIZE // size)
        self.drawn = size * self.reduction
        self.extent = FRAME / style.scale
        self.resolution = self.drawn / self.extent
        self.density = np.zeros((self.drawn, self.drawn, 3), dtype=np.float32)
        self.bodies: list[tuple[Point, float]] = []

    def add_cell(self, label: str, place: Point | None = None) -> Point:
        """Paint a cell at a place, or else near the centre of the frame; returns where it lies."""
        recipe = RECIPES[label]
        x, y = self.extent / 2 + self.rng.uniform(-0.35, 0.35, 2) if place is None else place
        patch = Patch(self.drawn, (x, y), recipe.reach, self.resolution, self.rng)
        painting = Painting(patch)
        recipe.paint(painting)
        self.density[patch.window] += painting.density
        stained = np.where(painting.density[..., 1] > 0.02, patch.polar[0], 0)
        self.bodies.append(((x, y), float(stained.max())))
        return x, y

    def free_place(self, reach: float) -> Point:
        """Somewhere that a cell of that reach lies whole and touches none. Raises UsageError."""
        for _ in range(1000):
            x, y = self.rng.uniform(reach, self.extent - reach, 2)
            if all(math.dist((x, y), centre) > reach + other for centre, other in self.bodies):
                return x, y
        raise UsageError("so many cells have no room on one field")

    def add_red_cells(self) -> None:
        """Scatter red cells over the frame and its border, touching but hardly overlapping."""
        rng = self.rng
        colour = stain.RED_CELL + np.float32(rng.uniform(0, 0.25)) * (
            stain.RED_CELL_WARM - stain.RED_CELL
        )
        colour = colour * np.float32(rng.uniform(0.85, 1.12))
        pallor = rng.uniform(0.4, 0.95)
        area = (self.extent + 2 * RED_CELL_RADIUS) ** 2
        wanted = int(area * rng.uniform(0.009, 0.016))
        placed = 0
        for _ in range(12 * wanted):
            x, y = rng.uniform(-RED_CELL_RADIUS, self.extent + RED_CELL_RADIUS, 2)
            radius = RED_CELL_RADIUS * min(max(rng.normal(1, 0.065), 0.84), 1.16)
            if any(
                math.dist((x, y), centre) < 0.94 * (radius + other) for centre, other in self.bodies
            ):
                continue
            self.bodies.append(((x, y), radius))
            self._add_red_cell((x, y), radius, colour, pallor)
            placed += 1
            if placed == wanted:
                break

    def _add_red_cell(
        self, centre: Point, radius: float, colour: stain.Density, pallor: float
    ) -> None:
        """A biconcave disc: densest about 1 micrometre from its edge, pale in the middle."""
        rng = self.rng
        patch = Patch(self.drawn, centre, radius * 1.25, self.resolution, rng)
        if patch.empty:
            return
        depth = patch.outline(radius, wobble=0.05, orders=3)
        pallor = min(max(pallor + rng.normal(0, 0.12), 0.05), 0.92)
        width = radius * rng.uniform(0.42, 0.6)
        hollow = np.clip((depth - np.float32(0.95)) / np.float32(width), 0, 1)
        hollow = hollow * hollow * (3 - 2 * hollow)
        thickness = (1 - np.float32(pallor) * hollow) * patch.cover(depth - 0.12, 0.42)
        thickness *= np.float32(rng.uniform(0.88, 1.1))
        self.density[patch.window] += thickness[..., None] * colour

    def photograph(self) -> NDArray[np.uint8]:
        """Light through the stain, then optics and sensor: uint8 RGB, (size, size, 3)."""
        style, rng = self.style, self.rng
        light = self.density * np.float32(-style.stain)
        np.exp(light, out=light)
        light *= np.asarray(style.field, dtype=np.float32)
        axis = np.linspace(-1, 1, self.drawn, dtype=np.float32) ** 2
        fall = 1 - np.float32(style.vignette / 2) * (axis[:, None] + axis)
        light *= fall[..., None]
        picture = Image.fromarray(np.minimum(light, 255).astype(np.uint8))
        pixel = self.drawn / 360
        if style.blur:
            picture = picture.filter(ImageFilter.GaussianBlur(style.blur * pixel))
        if style.sharpening:
            amount = round(100 * style.sharpening)
            picture = picture.filter(ImageFilter.UnsharpMask(2 * pixel, amount, 0))
        if self.reduction > 1:
            picture = picture.reduce(self.reduction)
        levels = np.asarray(picture, dtype=np.float32)
        if style.noise:
            grain = rng.standard_normal((self.size, self.size, 1), dtype=np.float32)
            levels = levels + np.float32(style.noise) * grain
        return np.asarray(levels.clip(0, 255).round(), dtype=np.uint8)
